"""The outcome of one command on one machine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

CHUNK = 65536
"""Bytes read at once."""


Hear = Callable[[bytes], None]
"""Gets bytes as they come, of either stream, cut anywhere."""


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit status and what it printed, line by line, without line ends."""

    status: int
    out: tuple[str, ...]
    err: tuple[str, ...]


class GaveUp(Exception):
    """The command did not answer within its deadline and a grace for the network, or the connection broke."""


@dataclass(frozen=True)
class Ended:
    """How a streaming command ended: its exit status and the last lines it said on standard error."""

    status: int
    err: tuple[str, ...]


class Stream(Protocol):
    """A running command. Every method raises `GaveUp` when the connection breaks or nothing moves any more."""

    def read(self, most: int = CHUNK) -> bytes:
        """What the command said next, at most so many bytes; nothing at its end."""
        ...

    def write(self, data: bytes) -> bool:
        """Give the command all of `data`; False when it has ended and takes no more: `wait` tells how."""
        ...

    def wait(self) -> Ended:
        """End the command's input, drop what it still says, and wait for its end."""
        ...

    def close(self) -> None:
        """End it, whether it is done or not."""
        ...


class Transport(Protocol):
    """What the engine needs of a connector."""

    def execute(self, line: str, stdin: str | None, seconds: float, hear: Hear | None = None) -> Ran:
        """Run a line of POSIX sh; raises `GaveUp` after `seconds`. `hear` gets all it says as it comes."""
        ...

    def alive(self) -> bool:
        """Whether the connection is there, as far as this end knows."""
        ...

    def open(self, line: str) -> Stream:
        """Start a line of POSIX sh whose bytes go in and out as they come; raises `GaveUp`."""
        ...
