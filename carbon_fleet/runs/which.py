"""Which run somebody means: by its name, `latest`, how far back, or the time before which it was the last."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from carbon_fleet.runs.index import Entry

LATEST = re.compile(r"latest(?:~(?P<back>[0-9]{1,6}))?")
AGO = re.compile(r"(?P<count>[0-9]{1,5}) ?(?P<unit>minute|hour|day|week)s?(?: ago)?")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PREFIX = re.compile(r"[0-9]{4,8}(?:T[0-9]{0,6}Z?)?(?:-[0-9a-f]*)?")
FORMS = "a run's name or how it begins, `latest`, `latest~2`, `2026-11-20`, `tuesday`, `yesterday` or `2 days ago`"


class NoSuchRun(Exception):
    """No run is meant by these words; the message says why, and what to write."""


def which(word: str, runs: Sequence[Entry], now: datetime) -> Entry:
    """The run that `word` means among `runs`, the oldest first; `now` is aware. Raises `NoSuchRun`."""
    text = word.strip()
    if not runs:
        raise NoSuchRun("no run is kept here yet: any verb that looks at Macs leaves one")
    back = LATEST.fullmatch(text.lower())
    if back:
        return _back(runs, int(back["back"] or 0))
    moment = moment_of(text.lower(), now)
    if moment is not None:
        return _before(runs, moment)
    return _named(text, runs)


def moment_of(text: str, now: datetime) -> datetime | None:
    """The moment that a date, a day or a time span back means; None when it is none. Days begin at midnight here."""
    ago = AGO.fullmatch(text)
    if ago:
        return now - timedelta(**{f"{ago['unit']}s": int(ago["count"])})
    today = now.date()
    if text in ("today", "yesterday"):
        return _midnight(today - timedelta(days=text == "yesterday"), now)
    weekday = next((number for number, name in enumerate(DAYS) if text in (name, name[:3])), None)
    if weekday is not None:
        return _midnight(today - timedelta(days=(today.weekday() - weekday - 1) % 7 + 1), now)
    return _iso(text, now)


def _iso(text: str, now: datetime) -> datetime | None:
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _midnight(day: date, now: datetime) -> datetime:
    return datetime.combine(day, time(), now.tzinfo)


def _back(runs: Sequence[Entry], back: int) -> Entry:
    if back >= len(runs):
        raise NoSuchRun(f"`latest~{back}`: only {_count(runs)} of this kind, the oldest is {runs[0].run}")
    return runs[-1 - back]


def _before(runs: Sequence[Entry], moment: datetime) -> Entry:
    earlier = [entry for entry in runs if began(entry) < moment]
    if not earlier:
        raise NoSuchRun(f"no run of this kind began before {moment:%Y-%m-%d %H:%M}; the oldest is {runs[0].run}")
    return earlier[-1]


def began(entry: Entry) -> datetime:
    """When it began, as its name says."""
    return datetime.strptime(entry.run[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _named(text: str, runs: Sequence[Entry]) -> Entry:
    found = [entry for entry in runs if entry.run.startswith(text)] if PREFIX.fullmatch(text) else []
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(entry.run for entry in found[-3:])
        raise NoSuchRun(f"`{text}`: {len(found)} runs begin so: {names}; write more of the name")
    raise NoSuchRun(f"`{text}`: no run and no file is called so; write {FORMS}; `carbon-fleet history` lists them")


def _count(runs: Sequence[Entry]) -> str:
    return "1 run is kept" if len(runs) == 1 else f"{len(runs)} runs are kept"
