"""journalctl in the modelled guest: it keeps no journal, and says so."""

from __future__ import annotations

import sys


def main(_argv: list[str]) -> int:
    """Print what the real one prints for an empty journal."""
    sys.stdout.write("-- No entries --\n")
    return 0
