"""Bytes between a file here and a command on a Mac: hashed on the way, told of, never all in memory."""

import atexit
import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from carbon_fleet.connectors.ran import Ended, GaveUp, Stream
from carbon_fleet.report.part import Part

PIECE = 1 << 18
EVERY = 2.0
"""Seconds between two lines of progress."""


class Progress:
    """Tells every few seconds how far a transfer is."""

    def __init__(self, say: Callable[[str], None], whole: int = 0) -> None:
        """`whole` is how many bytes there are, 0 where nobody knows."""
        self._say, self.whole, self.count, self._told = say, whole, 0, time.monotonic()

    def add(self, count: int) -> None:
        """So many bytes more have gone through."""
        self.count += count
        if time.monotonic() - self._told >= EVERY:
            self._told = time.monotonic()
            of = f" of {self.whole >> 20}" if self.whole else ""
            words = f"{self.count >> 20}{of} MiB"
            self._say(Part(words, self.count / self.whole) if self.whole else words)


def take(stream: Stream, path: Path, progress: Progress) -> tuple[int, str]:
    """Write what a command says to `path`: beside it first, renamed once the sha256 it tells at its end is ours too.

    Returns bytes and sha256. Raises `GaveUp` when the command fails, breaks off, or tells another sha256.
    """
    beside = path.with_name(f".{path.name}.part")
    atexit.register(beside.unlink, missing_ok=True)
    digest = hashlib.sha256()
    try:
        with beside.open("wb") as file:
            while piece := stream.read(PIECE):
                digest.update(piece)
                file.write(piece)
                progress.add(len(piece))
            _right(stream.wait(), digest.hexdigest())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise GaveUp(f"{path} cannot be written: {error.strerror}") from error
    finally:
        stream.close()
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return progress.count, digest.hexdigest()


def _right(ended: Ended, ours: str) -> None:
    last = ended.err[-1] if ended.err else "it said nothing"
    if ended.status != 0:
        raise GaveUp(f"it ended with status {ended.status}: {last}; no file was made")
    theirs = last.removeprefix("sha256 ")
    if theirs != ours:
        raise GaveUp(f"what arrived has the sha256 {ours}, what was sent {theirs}: no file was made")


def give(stream: Stream, path: Path, progress: Progress) -> Ended:
    """Hand a file to a command; how the command ended. Raises `GaveUp`."""
    progress.whole = path.stat().st_size
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                stream.write(piece)
                progress.add(len(piece))
        return stream.wait()
    except OSError as error:
        raise GaveUp(f"{path} cannot be read: {error.strerror}") from error
    finally:
        stream.close()


def sha256_of(path: Path) -> tuple[str, int]:
    """The sha256 of a file, and its bytes; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
