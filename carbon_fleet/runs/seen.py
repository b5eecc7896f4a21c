"""When a run that is kept here last saw a Mac."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from carbon_fleet.report.outcome import Outcome
from carbon_fleet.report.reading import NotAReport
from carbon_fleet.runs.index import Entry, entries
from carbon_fleet.runs.keep import kept

UNSEEN = frozenset({Outcome.UNREACHABLE, Outcome.OVERDUE, Outcome.NOT_REACHED})
AHEAD = timedelta(minutes=5)
"""A run that began so much later than now was kept under a clock that was wrong: nothing is concluded from it."""


@dataclass(frozen=True)
class LastSeen:
    """The run that saw a Mac last, and when that run began, by this machine's clock."""

    run: str
    at: datetime


def last_seen(lab: str, macs: Collection[str], now: datetime) -> dict[str, LastSeen]:
    """The last sight of each of these Macs of a lab; one that no run has ever seen is left out. `now` is aware."""
    found: dict[str, LastSeen] = {}
    wanted = set(macs)
    for entry, at in _past(lab, now):
        if not wanted:
            break
        for mac in wanted & entry.macs.keys():
            if _saw(entry, mac):
                found[mac] = LastSeen(entry.run, at)
        wanted -= found.keys()
    return found


def _past(lab: str, now: datetime) -> Iterator[tuple[Entry, datetime]]:
    """The runs of a lab, the latest first, without those that have not been yet."""
    dated = ((entry, _began(entry)) for entry in entries() if entry.lab == lab)
    past = ((entry, at) for entry, at in dated if at is not None and at <= now + AHEAD)
    yield from sorted(past, key=lambda one: one[1], reverse=True)


def _began(entry: Entry) -> datetime | None:
    with suppress(ValueError):
        at = datetime.fromisoformat(entry.started)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    return None


def _saw(entry: Entry, mac: str) -> bool:
    outcome = entry.macs[mac].outcome
    if outcome != Outcome.REFUSED:
        return outcome not in UNSEEN
    # Refused is also one whose host key was wrong, to which nothing was sent.
    with suppress(OSError, NotAReport):
        return any(report.mac == mac and report.execs > 0 for report in kept(entry.run).macs)
    return False
