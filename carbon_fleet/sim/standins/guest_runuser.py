"""runuser in the modelled guest, whose namespace has one user only: the store is the other's, all else is root's."""

from __future__ import annotations

import os

from .disk import fail

AS = "SIM_RUNUSER"
"""The variable by which the other stand-ins know whom they work for."""


def main(argv: list[str]) -> int:
    """`runuser -u USER -- COMMAND…`."""
    if len(argv) < 5 or argv[1] != "-u" or argv[3] != "--":
        fail("runuser: the modelled guest knows `runuser -u USER -- COMMAND` only", 1)
    return os.execvpe(argv[4], argv[4:], {**os.environ, AS: argv[2]})
