"""The pieces of work a verb does on one Mac: look for differences, or converge."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from carbon_fleet.engine.courier import Courier
from carbon_fleet.engine.judging import judged, outcome
from carbon_fleet.engine.kind import kind_of
from carbon_fleet.engine.locking import tell_lock
from carbon_fleet.engine.noting import hold_and_note
from carbon_fleet.engine.recording import recording
from carbon_fleet.engine.rules import NONE, Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused, converge_resource
from carbon_fleet.plan import Change, Notice, Refusal, Resource
from carbon_fleet.plan.cause import Causes, causes
from carbon_fleet.plan.registry import asked_of, found, resources_of
from carbon_fleet.report.document import Failure, MacReport, Planned
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.store.deliver import deliver

Say = Callable[[str, str, str], None]
"""Told of progress: the Mac, the address, what happens."""

IMAGES = ("image", "docker")
"""The resources whose images other Macs wait for, in their order."""


def look(session: Session, report: MacReport, rules: Rules = NONE, *, ahead: bool = False) -> None:
    """One probe; the Changes it asks for go into the report, with their causes. Raises `Refused`.

    Looking `ahead`, what is in a machine that will be made anew counts as to be made anew, too.
    """
    snapshot, selection, rules = session.snapshot(), rules.selection, rules.over(session.mac)
    noted(report, snapshot)
    world = rules.world(session.mac, snapshot)
    findings, stopping = found(world, selection, rules.takes) if ahead else found(world, selection)
    changes = [finding for finding in findings if isinstance(finding, Change)]
    why = causes(session.mac, snapshot, session.lab_lock)
    report.applied = why.applied.told if why.applied else {}
    report.changes = [judged(change, rules, why) for change in changes if rules.takes(change)]
    report.left = [judged(change, rules, why) for change in changes if not rules.takes(change)]
    told = [finding for finding in findings if not isinstance(finding, Change) and finding not in stopping]
    report.notices = [Failure.of(finding) for finding in told]
    tell_lock(session, snapshot, report, rules, why)
    inside = [one.name for one in resources_of(session.mac) if one.inside and selection.touches(one.name)]
    if snapshot.guest is Guest.STOPPED:
        report.later = inside
        report.notices += [_later()] if report.later else []
    elif ahead:
        unknown = {one.address.partition(".")[0] for one in told if isinstance(one, Refusal)}
        report.later = [name for name in inside if name in unknown]
    if stopping:
        raise Refused(tuple(why.refused(refusal) for refusal in stopping))
    report.outcome = outcome(report, rules, made=False)


def converge(
    session: Session, report: MacReport, rules: Rules, *, say: Say, courier: Courier, why: Causes | None = None
) -> None:
    """Every resource in order, each until a look finds nothing left of it; `courier` brings what others have built.

    Where `why` tells the causes of Changes, they are reported with them.
    """
    rules = replace(rules.over(session.mac), stopping=session.stopping, hold=partial(hold_and_note, session))
    # `drift --fix` begins no record: of what it leaves nobody knows whether it was ever applied.
    with recording(session, report, begin=why is None) as recorded:
        told = dict[str, Told]()

        def settle(resource: Resource[Any, Any]) -> None:
            one = _converge(resource, session, report, rules, say, courier, why)
            told[resource.name] = one.instead_of(told.get(resource.name), report)
            if not any(isinstance(notice, Refusal) for notice in one.said):
                recorded.settle(resource, session.snapshot(), one.changes)

        images = [one.name for one in resources_of(session.mac) if one.name in IMAGES][-1:]
        for resource in asked_of(session.mac):
            made = len(report.changes)
            settle(resource)
            if resource.name in images:
                courier.settled(session)
            for other in asked_of(session.mac) if len(report.changes) > made else ():
                if other.name in resource.unsettles:
                    settle(other)
        noted(report, session.snapshot())
    last = session.snapshot()
    tell_lock(session, last, report, rules, why or causes(session.mac, last, session.lab_lock))
    report.outcome = outcome(report, rules, made=True)


@dataclass
class Told:
    """What a resource's last look said besides the Changes that were made: as it was found, and as it is reported."""

    said: list[Notice | Refusal] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notices: list[Failure] = field(default_factory=list)
    left: list[Planned] = field(default_factory=list)

    def instead_of(self, earlier: "Told | None", report: MacReport) -> "Told":
        """Put it into the report, in the place of what an earlier look at the same resource said."""
        for one in earlier.notices if earlier else ():
            report.notices.remove(one)
        for change in earlier.left if earlier else ():
            report.left.remove(change)
        report.notices += self.notices
        report.left += self.left
        return self


def _converge(
    resource: Resource[Any, Any],
    session: Session,
    report: MacReport,
    rules: Rules,
    say: Say,
    courier: Courier,
    why: Causes | None,
) -> Told:
    """Converge one resource; what its last look said besides."""
    told = Told()
    for change in converge_resource(resource, session.mac, session, rules, notices=told.said, left=told.changes):
        _begin(session, judged(change, rules, why), report)
        if change.bring is not None:
            courier.bring(session, change, report)
        else:
            run_change(session, change, say)
    told.notices, told.left = [Failure.of(one) for one in told.said], [judged(one, rules, why) for one in told.changes]
    return told


def begin(session: Session, change: Change, report: MacReport) -> None:
    """Put a Change that is about to be made on record."""
    _begin(session, Planned.of(change), report)


def _begin(session: Session, planned: Planned, report: MacReport) -> None:
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
