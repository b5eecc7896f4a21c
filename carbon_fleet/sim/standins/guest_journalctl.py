"""journalctl in the modelled guest: it keeps no journal, and says so, but for the boots of a machine that reboots."""

from __future__ import annotations

import sys

from .disk import facts

BOOT = "Linux version 7.0.4-200.fc44.aarch64 (modelled)"


def main(argv: list[str]) -> int:
    """Print what the real one prints for an empty journal: with --quiet nothing."""
    boots = int(facts().get("GUEST_BOOTS", "0"))
    if boots and "--grep=^Linux version" in argv:
        sys.stdout.write(f"{BOOT}\n" * boots)
        return 0
    if boots and "--grep=Reboot key pressed" in argv:
        sys.stdout.write("Reboot key pressed short.\n" * (boots - 1))
        return 0
    if "--quiet" in argv or "-q" in argv:
        return 1 if any(word.startswith("--grep") for word in argv) else 0
    sys.stdout.write("-- No entries --\n")
    return 0
