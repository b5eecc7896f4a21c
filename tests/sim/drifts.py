"""What changes behind our back on a simulated Mac, and the names it must have: of every runtime's tests."""

from collections.abc import Callable
from dataclasses import dataclass

from carbon_fleet.sim.lab import SimulatedMac


def shell(command: str) -> Callable[[SimulatedMac], None]:
    """What a person types on the Mac."""

    def do(mac: SimulatedMac) -> None:
        ran = mac.ssh(command)
        assert ran.returncode == 0, ran

    return do


@dataclass(frozen=True)
class Drift:
    """Something changed behind our back: how, and the address and attribute that must be named."""

    do: Callable[[SimulatedMac], None]
    address: str
    attribute: str
