"""Which of a Report's Changes are still to be made: verbs that look have made none, the others left some."""

from carbon_fleet.report.document import MacReport, Outcome, Planned, Report

LOOKS = frozenset({"drift", "plan"})
"""Verbs whose Changes are what a look found; with a command run (`drift --fix`) they are what was made."""


def pending(report: Report, mac: MacReport) -> list[Planned]:
    """The Changes of this Mac that nobody has made, waived ones among them."""
    return [*mac.left, *([] if made(report, mac) else mac.changes)]


def made(report: Report, mac: MacReport) -> bool:
    """Whether this Mac's `changes` were made, or at least begun."""
    return report.verb not in LOOKS or bool(mac.results) or mac.outcome is Outcome.CHANGED


def waived(change: Planned) -> bool:
    """Whether a waiver that has not expired stands over it."""
    return change.waiver is not None and not change.waiver.expired
