"""Reads a process's two streams at once, so that neither can block the other, and no more than memory is worth."""

from collections.abc import Callable
from typing import Any

import gevent

from carbon_fleet.connectors.ran import CHUNK, GaveUp, Hear

Read = Callable[[int], bytes]
"""Gives at most so many bytes as they come; nothing when the stream ended."""
MOST = 32 * 1024 * 1024
"""Bytes of one stream: a probe answers under one MiB, the longest build prints a few. More is a machine gone mad."""


def lines_of(streams: tuple[Read, Read], hear: Hear | None = None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All lines of both streams, read to their ends; bytes that are no UTF-8 come as U+FFFD.

    `hear` gets both streams as they come.

    Raises `GaveUp` when the connection breaks or a stream says more than `MOST`. Bound its time with `gevent.Timeout`.
    """
    readers = [gevent.spawn(_all, stream, hear) for stream in streams]
    try:
        gevent.joinall(readers, raise_error=True)
    finally:
        gevent.killall(readers, block=False)
    return _lines(readers[0].value), _lines(readers[1].value)


def _all(read: Read, hear: Hear | None) -> bytes:
    text = bytearray()
    while chunk := read(CHUNK):
        text += chunk
        if hear is not None:
            hear(chunk)
        if len(text) > MOST:
            raise GaveUp(f"it said more than {MOST >> 20} MiB and was not done")
    return bytes(text)


def _lines(text: bytes) -> tuple[str, ...]:
    lines = text.decode(errors="replace").split("\n")
    return tuple(line.rstrip("\r") for line in (lines if lines[-1] else lines[:-1]))


def deadline(seconds: float) -> Any:
    """A context manager: `GaveUp` when its block takes longer than `seconds`."""
    return gevent.Timeout(seconds, GaveUp(f"no answer within {seconds:.0f} seconds"))
