"""How a verb can end for one Mac, and the exit code that follows from how it ended for all."""

from collections.abc import Iterable
from enum import StrEnum

from carbon_fleet.report.exits import Exit


class Outcome(StrEnum):
    """How a verb ended for one Mac."""

    CONVERGED = "converged"
    """Nothing was, or is, to do."""
    CHANGED = "changed"
    """Changes were made, and a last look found nothing left."""
    DRIFTED = "drifted"
    """Changes are pending."""
    VERIFIED = "verified"
    MEASURED = "measured"
    """`matrix` found out what there is; nothing was compared with a wish."""
    REFUSED = "refused"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    VERIFY_FAILED = "verify failed"
    WAIVED = "waived"
    """It differs, and every difference has a waiver that has not expired."""
    OVERDUE = "overdue"
    """It has not reported within its `report_interval`."""
    NOT_REACHED = "not reached"
    """Its turn did not come: the run was stopped before, or another Mac's failure ended it."""
    HEALTHY = "healthy"
    """`doctor` found nothing wrong."""
    AILING = "ailing"
    """`doctor` found something wrong."""
    STOPPED = "stopped"
    """The run was told to stop: what this Mac was in is done, the rest of its Changes was not begun."""


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """0 well · 2 changes pending · 3 some refused · 4 some failed · 5 some unreachable · 100 verify failed."""
    seen = set(outcomes)
    order = [
        (Outcome.FAILED, Exit.SOME_FAILED),
        (Outcome.UNREACHABLE, Exit.UNREACHABLE),
        (Outcome.OVERDUE, Exit.UNREACHABLE),
        (Outcome.REFUSED, Exit.REFUSED),
        (Outcome.VERIFY_FAILED, Exit.VERIFY_FAILED),
        (Outcome.DRIFTED, Exit.PENDING),
        (Outcome.AILING, Exit.PENDING),
        (Outcome.STOPPED, Exit.PENDING),
    ]
    return next((code for outcome, code in order if outcome in seen), Exit.OK)
