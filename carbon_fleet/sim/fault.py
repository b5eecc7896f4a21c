"""What a fault is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from carbon_fleet.sim.lab import SimulatedMac


@dataclass(frozen=True)
class Fault:
    """What it is, the facts it overrides while it lasts, and what it does once."""

    about: str
    facts: str = ""
    """KEY=VALUE lines; the file `faults/NAME` holds them while the fault lasts."""
    once: Callable[["SimulatedMac"], None] | None = None
    undo: Callable[["SimulatedMac"], None] | None = None
    lasts: bool = True
    """Whether the stand-ins look for the file `faults/NAME`."""
