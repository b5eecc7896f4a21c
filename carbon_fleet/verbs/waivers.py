"""What is to be said of a lab's waivers after a look: those that have expired, and those that nothing matches."""

from collections.abc import Iterator, Sequence
from datetime import date

from carbon_fleet.plan.selection import EVERYTHING, Selection
from carbon_fleet.report.document import Failure, MacReport, Outcome, Report
from carbon_fleet.spec import Lab, Waiver

SEEN = frozenset({Outcome.CONVERGED, Outcome.DRIFTED, Outcome.WAIVED, Outcome.CHANGED})
"""How a look ends that saw all of a Mac."""


def waiver_notes(lab: Lab, report: Report, selection: Selection, today: date) -> Iterator[Failure]:
    """A note for each waiver that has expired, and for each that no difference of its Macs matches.

    That nothing matches is said only where all of its Macs were looked at whole.
    """
    reports = {mac.mac: mac for mac in report.macs}
    for waiver in lab.waivers:
        covered = [reports.get(name) for name, mac in lab.macs.items() if waiver.covers(name, mac.groups)]
        seen = [mac for mac in covered if mac is not None and mac.outcome in SEEN]
        used = [mac.mac for mac in seen if _matched(waiver, mac)]
        if waiver.expired(today) and used:
            yield _expired(waiver, used)
        elif not used and len(seen) == len(covered) and selection == EVERYTHING:
            yield _unused(waiver)


def _matched(waiver: Waiver, mac: MacReport) -> bool:
    return any(waiver.matches(change.address) for change in (*mac.changes, *mac.left))


def _expired(waiver: Waiver, macs: Sequence[str]) -> Failure:
    named = ", ".join([*macs[:5], *([f"and {len(macs) - 5} more"] if len(macs) > 5 else [])])
    return Failure(
        waiver.address,
        "WAIVER_EXPIRED",
        f"the waiver of {waiver.owner} ({waiver.reason}) expired on {waiver.expires}: it counts again on {named}",
        "a waiver is for a time, so that nothing is forgotten",
        "apply, change the wish, or give the waiver in the lab file a later `expires`",
    )


def _unused(waiver: Waiver) -> Failure:
    return Failure(
        waiver.address,
        "WAIVER_UNUSED",
        f"the waiver of {waiver.owner} ({waiver.reason}) matches nothing",
        "one that is forgotten would hide the next difference of that address",
        "remove it from the lab file",
    )
