"""Writes what a verb makes to a file somebody named: whole or not at all, readable by everybody."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from carbon_fleet.report.exits import Exit


def write_whole(path: Path, text: str) -> int:
    """Write beside and rename, mode 0644 whatever the umask: another user reads it. Returns 0, or 1 and says why.

    The name beside ends in no suffix a reader of folders looks for: node_exporter takes every `*.prom`.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        print(f"{path}: cannot be written: {error.strerror}", file=sys.stderr)
        return Exit.WE_FAILED
    return Exit.OK
