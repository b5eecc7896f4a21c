"""The journal of a run: what happened, a line of JSON each, on the disk before the next thing happens."""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carbon_fleet.report.redaction import HIDDEN


class Journal:
    """An append-only file of events, readable by its owner only.

    An event is `{"at": ISO time, "event": WORD, "mac": NAME or absent, …}`. `run-began` and `run-ended` frame a run;
    between them `mac-began`, `change`, `command` (`status`, `seconds`), `mac-ended` (`outcome`).
    """

    def __init__(self, path: Path) -> None:
        """Open it, making its folder (0700), and hold it as long as this process lives. Raises `OSError`."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with suppress(OSError):  # a file system without locks: `goes_on` then says no
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def write(self, event: str, **more: Any) -> None:
        """Append one event, and have it on the disk. Raises `OSError`."""
        record = {"at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **HIDDEN.of(more)}
        line = (json.dumps(record, separators=(",", ":"), default=str) + "\n").encode()
        while line:  # a disk that is almost full takes a part, and says so at the next
            line = line[os.write(self._descriptor, line) :]
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close the file; what is in it stays."""
        os.close(self._descriptor)


def read_journal(path: Path) -> Iterator[Mapping[str, Any]]:
    """Its events in order. A last line that a crash cut short is left out. Raises `OSError`."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            return
        yield record


def goes_on(path: Path) -> bool:
    """Whether the process that writes this journal still lives. Raises `OSError`."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
