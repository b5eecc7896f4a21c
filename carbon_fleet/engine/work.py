"""The pieces of work a verb does on one Mac: look for differences, or converge."""

from collections.abc import Callable
from dataclasses import replace

from carbon_fleet.engine.courier import Courier
from carbon_fleet.engine.kind import kind_of
from carbon_fleet.engine.rules import NONE, Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused, converge_resource
from carbon_fleet.plan import Change, Notice, Refusal, World
from carbon_fleet.plan.registry import found, resources
from carbon_fleet.report.document import Failure, MacReport, Outcome, Planned
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.store.deliver import deliver

Say = Callable[[str, str, str], None]
"""Told of progress: the Mac, the address, what happens."""


def look(session: Session, report: MacReport, rules: Rules = NONE) -> None:
    """One probe; the Changes it asks for go into the report. Raises `Refused` when something refuses."""
    snapshot, selection = session.snapshot(), rules.selection
    noted(report, snapshot)
    findings, stopping = found(World(session.mac, snapshot, rules.consents), selection)
    changes = [finding for finding in findings if isinstance(finding, Change)]
    report.changes = [Planned.of(change) for change in changes if rules.takes(change)]
    report.left = [Planned.of(change) for change in changes if not rules.takes(change)]
    told = (finding for finding in findings if not isinstance(finding, Change) and finding not in stopping)
    report.notices = [Failure.of(finding) for finding in told]
    if snapshot.guest is Guest.STOPPED:
        report.later = [one.name for one in resources() if one.inside and selection.touches(one.name)]
        report.notices += [_later()] if report.later else []
    if stopping:
        raise Refused(stopping)
    report.outcome = Outcome.DRIFTED if report.changes else Outcome.CONVERGED


def converge(session: Session, report: MacReport, rules: Rules, *, say: Say, courier: Courier) -> None:
    """Every resource in order, each until a look finds nothing left of it; `courier` brings what others have built."""
    rules = replace(rules, stopping=session.stopping, hold=session.hold)
    for resource in resources():
        notices, left = list[Notice | Refusal](), list[Change]()
        for change in converge_resource(resource, session.mac, session, rules, notices=notices, left=left):
            begin(session, change, report)
            if change.bring is not None:
                courier.bring(session, change, report)
            else:
                run_change(session, change, say)
        report.notices += [Failure.of(notice) for notice in notices]
        report.left += [Planned.of(change) for change in left]
        if resource.name == "image":
            courier.settled(session)
    noted(report, session.snapshot())
    pending = any(rules.selection.chooses(left.address) for left in report.left)
    report.outcome = Outcome.DRIFTED if pending else Outcome.CHANGED if report.changes else Outcome.CONVERGED


def begin(session: Session, change: Change, report: MacReport) -> None:
    """Put a Change that is about to be made on record."""
    planned = Planned.of(change)
    report.changes.append(planned)
    session.witness.change(session.mac.name, planned)


def run_change(session: Session, change: Change, say: Say) -> None:
    """Run a Change's commands in order, telling of each; raises what `Session.run` raises."""
    say(session.mac.name, change.address, change.reason)
    deliver(change, session.ask, lambda text: say(session.mac.name, change.address, text))
    for command in change.commands:
        if command.says:
            say(session.mac.name, change.address, command.says)
        session.run(change.address, command)


def noted(report: MacReport, snapshot: Snapshot) -> None:
    """Put into the report which Snapshot this is."""
    report.snapshot, report.guest = snapshot.digest, snapshot.guest.value
    report.sections, report.kind = snapshot.digests, kind_of(snapshot)
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
