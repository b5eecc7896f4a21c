"""Keeps the record of what was applied to a Mac true, on the Mac itself: also where a run ends half-way."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from carbon_fleet import __version__
from carbon_fleet.connectors.ran import GaveUp
from carbon_fleet.engine.mac_lock import Holding
from carbon_fleet.engine.noting import hold_and_note
from carbon_fleet.engine.rules import Stopped
from carbon_fleet.engine.session import CommandFailed, Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.plan import Change
from carbon_fleet.plan import applied as record
from carbon_fleet.plan.applied import Applied, part_of
from carbon_fleet.plan.cause import explains
from carbon_fleet.plan.registry import asked_of
from carbon_fleet.plan.resource import Resource
from carbon_fleet.report.document import Failure, MacReport
from carbon_fleet.report.trouble import Trouble
from carbon_fleet.snapshot import Guest, Snapshot, Unreadable


@dataclass
class Recording:
    """What came to be as wished on one Mac: resource by resource, with the Changes that were left."""

    begin: bool = True
    settled: dict[str, tuple[Change, ...]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    last: Applied | None = None
    macos: dict[str, str] = field(default_factory=dict)

    def settle(self, resource: Resource[Any, Any], snapshot: Snapshot, left: Sequence[Change]) -> None:
        """A look found nothing more to change of this resource. In a stopped machine nothing was looked at."""
        self.last, self.macos = last_applied(snapshot), record.macos(snapshot)
        if resource.inside and snapshot.guest is Guest.STOPPED:
            return
        self.settled[resource.name] = tuple(left)
        self.versions |= record.versions_of(resource, snapshot)

    @property
    def left(self) -> list[Change]:
        """The Changes that were left of what is settled."""
        return [change for changes in self.settled.values() for change in changes]

    def applied(self, session: Session, holding: Holding) -> Applied:
        """The record as it has to be now: of what is settled the present wish, of the rest what was applied last."""
        mac, old = session.mac, self.last or Applied("", "", "", "")
        wished = record.parts(mac)
        parts = self._parts(wished, old.parts)
        whole = len(self.settled) == len(asked_of(mac))
        seen = {**self.versions, **(self.macos if whole else {})}
        moved = {key: said for key, said in seen.items() if not any(explains(key, change) for change in self.left)}
        return Applied(
            holding.run,
            datetime.now(UTC).isoformat(timespec="seconds"),
            holding.who,
            mac.digest if whole and parts == wished else old.spec,
            session.lab_lock if whole else old.lock,
            __version__ if whole or not old.version else old.version,
            parts,
            dict(sorted({**old.versions, **moved}.items())),
        )

    def _parts(self, wished: Mapping[str, str], last: Mapping[str, str]) -> dict[str, str]:
        left = {part_of(change.address, (*wished, *last)) for change in self.left}

        def fresh(part: str) -> bool:
            return part.partition(".")[0] in self.settled and part not in left

        now = {part: digest for part, digest in wished.items() if fresh(part)}
        return dict(sorted({**now, **{part: digest for part, digest in last.items() if not fresh(part)}}.items()))


@contextmanager
def recording(session: Session, report: MacReport, *, begin: bool = True) -> Iterator[Recording]:
    """Note on the Mac, at the end, what came to be as wished; where the work is cut off, as far as it came.

    A record that says so already is left alone; where there is none, one is begun only with `begin`. One that cannot be
    written is a notice: the Mac is as wished all the same, and the next run notes it.
    """
    recorded = Recording(begin)
    try:
        yield recorded
    except (Refused, Stopped, CommandFailed, Trouble):
        with suppress(Refused, GaveUp, Unreadable):
            _keep(session, report, recorded)
        raise
    try:
        _keep(session, report, recorded)
    except (Refused, GaveUp, Unreadable) as error:
        report.notices.append(_not_noted(str(error)))


def _keep(session: Session, report: MacReport, recorded: Recording) -> None:
    last = recorded.last
    if session.lock is not None and recorded.settled and (last is not None or recorded.begin):
        now = recorded.applied(session, session.lock.holding)
        if report.changes or not now.says(last):
            # Of a Mac that was as wished from the start, too: what is there is not ours, though it has a record then.
            hold_and_note(session) if last is None else session.hold()
            ran = session.ask(record.write(now, session.mac))
            if ran.status != 0:
                raise GaveUp((*ran.err, f"status {ran.status}")[0])
            last = now
    report.applied = last.told if last else {}


def last_applied(snapshot: Snapshot) -> Applied | None:
    """The record as one look saw it; None where there is none, or none that can be read."""
    try:
        return record.read(snapshot.section(record.ADDRESS))
    except Unreadable:
        return None


def _not_noted(why: str) -> Failure:
    what = f"what was applied could not be noted on the Mac: {why}"
    return Failure(
        record.ADDRESS,
        "NOT_NOTED",
        what,
        "drift can then not tell why this Mac differs",
        "see that the login user may write in ~/.local/state/carbon-fleet, and run apply again",
    )
