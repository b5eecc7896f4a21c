"""Leaves a Mac as it was found: each resource in turn, the last first, back to what the journal tells."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from carbon_fleet.connectors.ran import GaveUp
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused, converge_resource
from carbon_fleet.engine.work import begin, noted, run_change
from carbon_fleet.plan import Change, Finding, Refusal, Resource, World, found
from carbon_fleet.plan.found import Found
from carbon_fleet.plan.registry import asked_of
from carbon_fleet.report.document import MacReport, Outcome
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import Mac

Say = Callable[[str, str, str], None]


def leaving(mac: Mac, journal: Found, snapshot: Snapshot) -> Iterator[Resource[Any, Any]]:
    """The resources whose differences are those from what was found, in the order they are undone.

    In a machine that was not there before nothing is undone: it goes as a whole. Raises `Refused` where one that was
    there cannot be looked into.
    """
    inside = journal.guest != Guest.ABSENT.value
    if inside and snapshot.guest is not Guest.REACHED:
        raise Refused((_closed(snapshot),))
    for resource in reversed(asked_of(mac)):
        if inside or not resource.inside:
            # Here what cannot be seen of it refuses, wished or not.
            yield replace(resource, differences=_back(resource, journal.before), applies=lambda mac: True)


def _back(resource: Resource[Any, Any], before: Mapping[str, Any]) -> Callable[[Any, Any, World], Iterable[Finding]]:
    def differences(wanted: Any, seen: Any, world: World) -> Iterable[Finding]:
        return resource.removal(wanted, seen, before, world)

    return differences


def journal_of(session: Session, *, vouched: bool = False) -> Found | None:
    """The journal of a Mac; None where there is none, nor anything that says that there has to be one.

    Where something was applied and nobody noted what was there before, it is that of a Mac that had nothing, if a
    person has `vouched` for that. Raises `Refused` where nobody has.
    """
    section = session.snapshot().section("record")
    journal = found.read(section)
    applied = any(file.startswith("regular") and "/applied-" in file for file in section.all("file"))
    if journal.late if journal else applied:
        if not vouched:
            raise Refused((_unknown(session),))
        return found.vouched(session.mac, journal.run if journal else "", journal.when if journal else "")
    return journal


def changes(session: Session, rules: Rules, *, vouched: bool = False) -> list[Change]:
    """What `leave` would do, as far as one look can tell. Raises `Refused`."""
    journal, snapshot = journal_of(session, vouched=vouched), session.snapshot()
    return [] if journal is None else _changes(session, rules, journal, snapshot)


def _changes(session: Session, rules: Rules, journal: Found, snapshot: Snapshot) -> list[Change]:
    world = rules.world(session.mac, snapshot)
    findings = [one for resource in leaving(session.mac, journal, snapshot) for one in resource.findings(world)]
    refusals = tuple(one for one in findings if isinstance(one, Refusal))
    if refusals:
        raise Refused(refusals)
    return [*(one for one in findings if isinstance(one, Change)), found.traces(journal, session.mac)]


Agreed = frozenset[tuple[str, tuple[str, ...]]]
"""What a person has seen: the address of each Change, with what is at stake."""


def agreement(found: Iterable[Change]) -> Agreed:
    """What a person agrees to by these Changes."""
    return frozenset((change.address, change.at_stake) for change in found)


def leave(
    session: Session, report: MacReport, journal: Found, rules: Rules, say: Say, agreed: Agreed | None = None
) -> None:
    """Undo all that was done to a Mac, and forget the journal last. Its lock has to be held, and is let go.

    What refuses anywhere, or goes beyond what was `agreed`, refuses before anything is undone.
    """
    more = agreement(_changes(session, rules, journal, session.snapshot())) - (agreed or frozenset())
    if agreed is not None and more:
        raise Refused((_moved(sorted(address for address, _ in more)),))
    noted(report, session.snapshot())
    rules = replace(rules, stopping=session.stopping)
    if found.read(session.snapshot().section("record")) != journal:  # vouched for: cut off, it is that from now on
        ran = session.ask(found.write(journal, session.mac))
        if ran.status != 0:
            raise GaveUp(f"what was vouched for could not be noted: {(*ran.err, f'status {ran.status}')[0]}")
    for resource in list(leaving(session.mac, journal, session.snapshot())):
        for change in converge_resource(resource, session.mac, session, rules):
            begin(session, change, report)
            run_change(session, change, say)
    last = found.traces(journal, session.mac)
    begin(session, last, report)
    run_change(session, last, say)
    session.let_go()
    session.ask(found.farewell(journal, session.mac))
    report.outcome = Outcome.CHANGED


def _unknown(session: Session) -> Refusal:
    return Refusal(
        "found",
        "FOUND_UNKNOWN",
        f"nothing on {session.mac.name} tells what was there before",
        "the lab was applied by a carbon-fleet that kept no journal: what is ours cannot be told from what is not",
        f"if nothing of it was there before, say so: --found-nothing {session.mac.name}; else remove by hand what you "
        "do not want: docs/destroy.md lists all there is",
    )


def _moved(addresses: list[str]) -> Refusal:
    return Refusal(
        "found",
        "DESTROY_MOVED",
        f"more would go than was shown: {', '.join(addresses)}",
        "the Mac has changed since it was looked at",
        "run it again, and look at what it shows now",
    )


def _closed(snapshot: Snapshot) -> Refusal:
    return Refusal(
        "machine",
        snapshot.guest.code,
        f"the virtual machine is {snapshot.guest.value}",
        "it was there before, and what was put into it has to be taken out of it",
        "start it (podman machine start), and run this again",
    )
