"""What of a Mac is out of its lab's lock, as a Report tells it: seen, told with the event that moved it, and left."""

from carbon_fleet.engine.judging import judged
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.lock.out import not_locked, out_of_lock
from carbon_fleet.lock.seen import seen_on
from carbon_fleet.plan import applied as record
from carbon_fleet.plan.cause import Causes
from carbon_fleet.report.document import Failure, MacReport
from carbon_fleet.snapshot import Snapshot


def tell_lock(session: Session, snapshot: Snapshot, report: MacReport, rules: Rules, why: Causes) -> None:
    """Add to what the report says is left each thing that is out of the lock, or that the lock says nothing of it."""
    mac = session.mac
    if session.lab_lock is not None:
        report.notices += [Failure.of(notice) for notice in not_locked(mac)]
    if mac.locked is None:
        return
    before = why.applied.versions if why.applied else {}
    for out in out_of_lock(mac, seen_on(mac, snapshot), before, record.versions(snapshot)):
        planned = judged(out.change, rules)
        planned.cause, planned.evidence = out.cause, out.evidence
        report.left.append(planned)
