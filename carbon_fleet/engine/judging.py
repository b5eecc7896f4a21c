"""What a Report says of a Change besides the Change: its cause, the waiver over it, and how its Mac ends by it."""

from carbon_fleet.engine.rules import Rules
from carbon_fleet.plan import Change
from carbon_fleet.plan.cause import Causes
from carbon_fleet.report.document import MacReport, Outcome, Planned, Waived
from carbon_fleet.report.pending import waived
from carbon_fleet.spec.waiver import over


def judged(change: Change, rules: Rules, causes: Causes | None = None) -> Planned:
    """The Change with the waiver that stands over it, and its cause where `causes` can tell."""
    planned = Planned.of(change)
    if (waiver := over(rules.waivers, change.address)) is not None:
        planned.waiver = Waived(waiver.owner, waiver.reason, waiver.expires, waiver.expired(rules.today))
    if causes is not None:
        planned.cause, planned.evidence = causes.of(change)
    return planned


def outcome(report: MacReport, rules: Rules, *, made: bool) -> Outcome:
    """How a Mac ends: by what is still to be made, where all of that is waived so, else by what was `made`."""
    changes = [*report.left, *([] if made else report.changes)]
    pending = [change for change in changes if rules.selection.chooses(change.address)]
    if any(not waived(change) for change in pending):
        return Outcome.DRIFTED
    return Outcome.WAIVED if pending else Outcome.CHANGED if made and report.changes else Outcome.CONVERGED
