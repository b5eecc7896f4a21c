"""What a run may do on a Mac, and which of the Changes it finds it makes."""

from collections.abc import Callable
from dataclasses import dataclass

from carbon_fleet.plan import Change, Refusal
from carbon_fleet.plan.selection import EVERYTHING, Selection


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
    yes when what was seen may be old.
    """

    allow_replace: bool = False
    consents: frozenset[str] = frozenset()
    chosen: Callable[[Change], bool] = _every
    stopping: Callable[[], bool] = _never
    hold: Callable[[], bool] = _never
    selection: Selection = EVERYTHING

    def takes(self, change: Change) -> bool:
        """Whether this Change is to be made."""
        return self.selection.chooses(change.address) and self.chosen(change)

    def stops(self, resource: str, refusal: Refusal) -> bool:
        """Whether what `resource` refuses ends the run on its Mac."""
        return self.selection.stops(resource, refusal.address)


NONE = Rules()
"""No consent to anything; every Change is made."""


class Stopped(Exception):
    """The run was told to stop, and this Mac is at a place where it may: between two Changes."""
