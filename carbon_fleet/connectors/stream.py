"""A command whose input and output are bytes that go on for long: none is kept, and either end waits for the other.

A Stream has no deadline of its own over all: the command has (`plan.command`), and every step here has `STILL_SECONDS`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gevent

from carbon_fleet.connectors.ran import CHUNK, GaveUp
from carbon_fleet.connectors.reading import deadline

STILL_SECONDS = 120.0
"""How long either end may neither take nor give a byte."""
KEPT = 16384
"""Bytes kept of what a command says on standard error: its last ones."""


class Errors:
    """Standard error, read beside everything else so that it can block nothing; its end is kept."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        """Read with `read` until it gives nothing."""
        self._text = bytearray()
        self._reader = gevent.spawn(self._all, read)

    def _all(self, read: Callable[[int], bytes]) -> None:
        while chunk := read(CHUNK):
            self._text += chunk
            del self._text[:-KEPT]

    def lines(self) -> tuple[str, ...]:
        """The last lines, once it has ended."""
        self._reader.join()
        return tuple(self._text.decode(errors="replace").splitlines())

    def close(self) -> None:
        """Read no more."""
        self._reader.kill(block=False)


@contextmanager
def moving(*broken: type[BaseException], words: str) -> Iterator[Any]:
    """One step of a Stream: within `STILL_SECONDS`, and what breaks it (`broken`) said as `GaveUp` with `words`."""
    try:
        with deadline(STILL_SECONDS):
            yield
    except broken as error:
        raise GaveUp(f"{words}: {error or type(error).__name__}") from error
