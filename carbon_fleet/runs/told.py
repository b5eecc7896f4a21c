"""What people were told last of each lab and verb, so that they are not told it again and again."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from carbon_fleet.report.kept import state_directory, write_private

FILE = "notify.json"


@dataclass(frozen=True)
class Told:
    """The last message about one verb of one lab: its `state`, whether it was bad, and when (ISO, with its zone)."""

    state: str
    bad: bool
    at: str


def place() -> Path:
    """Where it is kept; beside it lies the lock of who reads and writes it."""
    return state_directory() / FILE


def told() -> dict[str, Told]:
    """By lab and verb; nothing where nothing is kept, or what is kept cannot be read."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        plain: dict[str, Any] = json.loads(place().read_text(encoding="utf-8"))
        return {about: Told(**one) for about, one in plain.items()}
    return {}


def remember(about: str, one: Told) -> None:
    """Keep it. Raises `OSError`."""
    every = {name: asdict(each) for name, each in {**told(), about: one}.items()}
    write_private(place(), json.dumps(every, indent=1) + "\n")


def why_not(last: Told | None, state: str, bad: bool, now: datetime, again: timedelta, pause: timedelta) -> str | None:
    """Why a message is not sent now; None: it is. What is well is told once, after something bad was."""
    if not bad and (last is None or not last.bad):
        return "nothing to tell"
    if last is None:
        return None
    since = now - _at(last, now)
    if since < timedelta(0):  # the clock was set back: what was told then is no reason to be silent
        return None
    if since < pause:
        return f"told {_minutes(since)} ago, and not more often than every {_minutes(pause)}"
    if bad and last.bad and last.state == state and since < again:
        return f"the same was told {_minutes(since)} ago, and is told again after {_minutes(again)}"
    return None


def _at(last: Told, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(last.at)
    except ValueError:
        return datetime.min.replace(tzinfo=now.tzinfo)
    return moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)


def _minutes(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
