"""The pieces of work a verb does on one Mac: look for differences, or converge."""

from collections.abc import Callable

from carbon_fleet.engine.courier import Courier
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused, converge_resource
from carbon_fleet.plan import Change, Notice, Refusal, World
from carbon_fleet.plan.registry import differences, resources
from carbon_fleet.report.document import Failure, MacReport, Outcome, Planned
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.store.deliver import deliver

Say = Callable[[str, str, str], None]
"""Told of progress: the Mac, the address, what happens."""


def look(session: Session, report: MacReport) -> None:
    """One probe; the Changes it asks for go into the report. Raises `Refused` when something refuses."""
    snapshot = session.snapshot()
    _seen(report, snapshot)
    findings = differences(World(session.mac, snapshot))
    report.changes = [Planned.of(finding) for finding in findings if isinstance(finding, Change)]
    report.notices = [Failure.of(finding) for finding in findings if isinstance(finding, Notice)]
    if snapshot.guest is Guest.STOPPED:
        report.later = [resource.name for resource in resources() if resource.inside]
        report.notices.append(_later())
    refusals = tuple(finding for finding in findings if isinstance(finding, Refusal))
    if refusals:
        raise Refused(refusals)
    report.outcome = Outcome.DRIFTED if report.changes else Outcome.CONVERGED


def converge(session: Session, report: MacReport, rules: Rules, *, say: Say, courier: Courier) -> None:
    """Every resource in order, each until a look finds nothing left of it; `courier` brings what others have built."""
    for resource in resources():
        notices, left = list[Notice](), list[Change]()
        for change in converge_resource(resource, session.mac, session, rules, notices=notices, left=left):
            report.changes.append(Planned.of(change))
            if change.bring is not None:
                courier.bring(session, change, report)
            else:
                run_change(session, change, say)
        report.notices += [Failure.of(notice) for notice in notices]
        report.left += [Planned.of(change) for change in left]
        if resource.name == "image":
            courier.settled(session)
    _seen(report, session.snapshot())
    report.outcome = Outcome.DRIFTED if report.left else Outcome.CHANGED if report.changes else Outcome.CONVERGED


def run_change(session: Session, change: Change, say: Say) -> None:
    """Run a Change's commands in order, telling of each; raises what `Session.run` raises."""
    say(session.mac.name, change.address, change.reason)
    deliver(change, session.ask, lambda text: say(session.mac.name, change.address, text))
    for command in change.commands:
        if command.says:
            say(session.mac.name, change.address, command.says)
        session.run(change.address, command)


def _seen(report: MacReport, snapshot: Snapshot) -> None:
    report.snapshot, report.guest = snapshot.digest, snapshot.guest.value
    report.sections = snapshot.digests
    for section in snapshot.sections.values():
        if section.milliseconds is not None:
            report.milliseconds[section.name] = section.milliseconds


def _later() -> Failure:
    return Failure(
        "guest",
        "GUEST_STOPPED",
        "the virtual machine is stopped",
        "what it holds (guest, images, stacks) is known only once it runs",
        "carbon-fleet apply starts it and looks again",
    )
