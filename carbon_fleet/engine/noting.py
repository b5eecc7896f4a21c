"""Notes on a Mac what was there before its first Change, so that it can be left as it was found."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Protocol

from carbon_fleet.connectors.ran import GaveUp, Ran
from carbon_fleet.engine.mac_lock import MacLock
from carbon_fleet.plan import Command, applied, found
from carbon_fleet.plan.found import Found
from carbon_fleet.snapshot import Snapshot, Unreadable
from carbon_fleet.spec import Mac


class Noted(Protocol):
    """A Mac in one run, with the journal as this run has written it."""

    mac: Mac
    lock: MacLock | None
    journal: Found | None

    def hold(self) -> bool:
        """Hold the Mac's lock; whether what was seen may be old."""
        ...

    def snapshot(self) -> Snapshot:
        """The Mac as it is now."""
        ...

    def ask(self, command: Command) -> Ran:
        """Run one command."""
        ...


def hold_and_note(session: Noted) -> bool:
    """Hold the Mac's lock, and note what the journal lacks; whether what was seen before may be old.

    Called before the Changes of each resource. Raises what `hold` raises, `Unreadable` for a journal that is none, and
    `GaveUp` where nothing can be noted: then nothing is changed.
    """
    old = session.hold()
    if session.lock is not None:
        _note(session, session.lock)
    return old


def _note(session: Noted, lock: MacLock) -> None:
    snapshot = session.snapshot()
    last = session.journal or found.read(snapshot.section("record"))
    when = datetime.now(UTC).isoformat(timespec="seconds")
    seen = found.seen_by(session.mac, snapshot, lock.holding.run, when)
    now = replace(seen, late=_applied(snapshot)) if last is None else last.over(seen)
    if now != last:
        ran = session.ask(found.write(now, session.mac))
        if ran.status != 0:
            raise GaveUp(f"what was there before could not be noted: {(*ran.err, f'status {ran.status}')[0]}")
    session.journal = now


def _applied(snapshot: Snapshot) -> bool:
    """Whether the lab was applied before, by the record: with no journal beside it, what is ours cannot be told."""
    try:
        return applied.read(snapshot.section("record")) is not None
    except Unreadable:
        return True
