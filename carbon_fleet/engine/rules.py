"""What a run may do on a Mac, and which of the Changes it finds it makes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from carbon_fleet.plan import Change, Refusal, World
from carbon_fleet.plan.selection import EVERYTHING, Selection
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac, Waiver
from carbon_fleet.spec.waiver import over


def _every(change: Change) -> bool:
    return True


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Rules:
    """`allow_replace` consents to losing the machine, `consents` is what else may be destroyed (see `World`).

    What the `selection` (`--only`, `--skip`) leaves out is no part of the run; a Change that is not `chosen` (a bound
    plan, `drift --fix`) is, and is left as it is. `stopping` is asked before each Change: once it says yes, no further
    one begins. `hold` is called when a resource has Changes to make: it keeps others from changing this Mac, and says
    yes when what was seen may be old. What one of the `waivers` is over, as of `today` (UTC), is left,
    and so are the addresses `apart`.
    """

    allow_replace: bool = False
    consents: frozenset[str] = frozenset()
    chosen: Callable[[Change], bool] = _every
    stopping: Callable[[], bool] = _never
    hold: Callable[[], bool] = _never
    selection: Selection = EVERYTHING
    waivers: tuple[Waiver, ...] = ()
    apart: frozenset[str] = frozenset()
    today: date = field(default_factory=lambda: datetime.now(UTC).date())

    def over(self, mac: Mac) -> "Rules":
        """These rules with the waivers that are about this Mac."""
        return replace(self, waivers=mac.waivers)

    def takes(self, change: Change) -> bool:
        """Whether this Change is to be made."""
        return not self.leaves(change.address) and self.chosen(change)

    def leaves(self, address: str) -> bool:
        """Whether whatever differs at this address is left as it is."""
        return not self.selection.chooses(address) or self.waived(address) or address in self.apart

    def world(self, mac: Mac, snapshot: Snapshot) -> World:
        """What differences are found in, in a run by these rules."""
        return World(mac, snapshot, self.consents, self.leaves)

    def waived(self, address: str) -> bool:
        """Whether a waiver that has not expired stands over what lies at this address."""
        waiver = over(self.waivers, address)
        return waiver is not None and not waiver.expired(self.today)

    def stops(self, resource: str, refusal: Refusal) -> bool:
        """Whether what `resource` refuses ends the run on its Mac."""
        return self.selection.stops(resource, refusal.address)


NONE = Rules()
"""No consent to anything; every Change is made."""


class Stopped(Exception):
    """The run was told to stop, and this Mac is at a place where it may: between two Changes."""
