"""What programs print when a command of ours fails for a reason that has a code: the doctor's own, where it has one."""

import re
from collections.abc import Iterable

WORDS: tuple[tuple[str, str], ...] = (
    (r'exec: "krunkit": executable file not found', "KRUNKIT_MISSING"),
    (r"krunkit exited unexpectedly with exit code 2\b", "KRUNKIT_TOO_OLD"),
    (r"krunkit exited unexpectedly with terminated by signal: abort", "KRUNKIT_ABORTS"),
    (r"can't find a firmware to load", "KRUNKIT_NO_FIRMWARE"),
    (r"larger than the maximum of 61440", "MACHINE_MEMORY_CAP"),
    (r"Refusing to load (?:formula|cask) ", "TAP_UNTRUSTED"),
    (r"Formulae found in multiple taps", "OLD_TAP_IN_USE"),
    (r"only one VM can be active at a time", "MACHINE_OTHER_RUNNING"),
    (r'Error: connection "[^"]+" not found', "CONNECTION_MISSING"),
    (r"Failed to obtain podman configuration", "MACHINE_CONFIGURATION_BROKEN"),
)
"""Words of podman 5 and 6, krunkit and Homebrew 6, as the checks' own threads quote them, the narrowest first."""


def code_in(lines: Iterable[str]) -> str | None:
    """The code of the first of these words in what a command printed; None: it is none of them."""
    text = "\n".join(lines)
    return next((code for words, code in WORDS if re.search(words, text)), None)
