"""`carbon-fleet apply` where every command also prints the words on standard input, in many forms, and one ends badly.

Arguments: the lab file, the Mac, and how the first command of a stack ends: `status` (1), or `raises` an exception.
"""

import base64
import json
import shlex
import sys
from dataclasses import replace
from urllib.parse import quote

from carbon_fleet.connectors.ran import Hear, Ran
from carbon_fleet.engine import fleet  # noqa: F401  its import patches the process
from carbon_fleet.engine.session import Session
from carbon_fleet.verbs.ending import exit_code_of

FILE, MAC, END = sys.argv[1:]
WORDS: list[str] = json.load(sys.stdin)
_execute = Session._execute


def forms(word: str) -> list[str]:
    """One word as programs print it."""
    encoded = base64.b64encode(f"user:{word}".encode()).decode()
    return [*word.splitlines(), f"TOKEN={shlex.quote(word)}", json.dumps({"t": word}), quote(word), encoded, repr(word)]


def execute(self: Session, line: str, stdin: str | None, seconds: float, hear: Hear | None = None) -> Ran:
    """The real thing, and an echo of each command (not of looks, whose answers are data)."""
    ran = _execute(self, line, stdin, seconds, hear)
    if hear is None:
        return ran
    said = [form for word in WORDS for form in forms(word)]
    for number, word in enumerate(WORDS, 1):
        hear(f"STEP {number}/{len(WORDS)}: RUN echo {word}\n".encode())
    if "systemctl" in line and END == "raises":
        raise RuntimeError(f"a surprise: {said}")
    return replace(ran, status=1 if "systemctl" in line else ran.status, out=tuple(said), err=tuple(said[::-1]))


def main() -> object:
    """Apply, as the command line does, and then fail in a way nobody foresaw."""
    from pathlib import Path

    from carbon_fleet.verbs.apply import apply

    Session._execute = execute  # type: ignore[method-assign]
    report = apply(Path(FILE), [MAC], [], json=END == "status")
    if END == "raises":
        raise RuntimeError(f"in the end: {WORDS}")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(exit_code_of(lambda **_: main()))
