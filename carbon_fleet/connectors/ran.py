"""The outcome of one command on one machine."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from carbon_fleet.connectors.stream import Stream


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit status and what it printed, line by line, without line ends."""

    status: int
    out: tuple[str, ...]
    err: tuple[str, ...]


class GaveUp(Exception):
    """The command did not answer within its deadline and a grace for the network, or the connection broke."""


class Transport(Protocol):
    """What the engine needs of a connector."""

    def execute(self, line: str, stdin: str | None, seconds: float) -> Ran:
        """Run a line of POSIX sh; raises `GaveUp` after `seconds`."""
        ...

    def open(self, line: str) -> "Stream":
        """Start a line of POSIX sh whose bytes go in and out as they come; raises `GaveUp`."""
        ...
