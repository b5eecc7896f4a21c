"""Which of a Report's Changes are still to be made: verbs that look have made none, the others left some."""

from carbon_fleet.plan.selection import Selection
from carbon_fleet.report.document import MacReport, Outcome, Planned, Report

LOOKS = frozenset({"drift", "plan"})
"""Verbs whose Changes are what a look found; with a command run (`drift --fix`) they are what was made."""


def pending(report: Report, mac: MacReport) -> list[Planned]:
    """The Changes of this Mac that nobody has made, waived ones among them."""
    return [*mac.left, *([] if made(report, mac) else mac.changes)]


def chosen(report: Report, change: Planned) -> bool:
    """Whether the run was about it: `--only`, `--skip`."""
    only, skip = (tuple(report.options.get(name) or ()) for name in ("only", "skip"))
    return Selection(only, skip).chooses(change.address)


def counted(report: Report, mac: MacReport) -> list[Planned]:
    """Those of the pending Changes that the outcome is about: chosen, and not waived."""
    return [change for change in pending(report, mac) if chosen(report, change) and not waived(change)]


def made(report: Report, mac: MacReport) -> bool:
    """Whether this Mac's `changes` were made, or at least begun."""
    return report.verb not in LOOKS or bool(mac.results) or mac.outcome is Outcome.CHANGED


def waived(change: Planned) -> bool:
    """Whether a waiver that has not expired stands over it."""
    return change.waiver is not None and not change.waiver.expired
