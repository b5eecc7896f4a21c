"""What a run may do on a Mac, and which of the Changes it finds it makes."""

from collections.abc import Callable
from dataclasses import dataclass

from carbon_fleet.plan import Change


def _every(change: Change) -> bool:
    return True


def _never() -> bool:
    return False


@dataclass(frozen=True)
class Rules:
    """`allow_replace` consents to losing the machine, `consents` is what else may be destroyed (see `World`).

    A Change that is not `chosen` is left as it is (`--only`, `--skip`, a bound plan, `drift --fix`). `stopping` is
    asked before each Change: once it says yes, no further one begins.
    """

    allow_replace: bool = False
    consents: frozenset[str] = frozenset()
    chosen: Callable[[Change], bool] = _every
    stopping: Callable[[], bool] = _never


NONE = Rules()
"""No consent to anything; every Change is made."""


class Stopped(Exception):
    """The run was told to stop, and this Mac is at a place where it may: between two Changes."""
