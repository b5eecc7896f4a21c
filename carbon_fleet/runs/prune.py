"""Forgets old runs: those beyond a number, and those older than some days."""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from carbon_fleet.report.kept import write_private
from carbon_fleet.runs.index import INDEX, Entry, entries, line_of
from carbon_fleet.runs.places import run_directory, runs_directory
from carbon_fleet.runs.which import began

RUNS, DAYS = "CARBON_KEEP_RUNS", "CARBON_KEEP_DAYS"
"""With one of them set, every run that ends forgets what is more."""
GONE = ".gone-"


@dataclass(frozen=True)
class Bounds:
    """How many runs are kept, and for how many days; None: no matter how many."""

    runs: int | None = None
    days: int | None = None

    @classmethod
    def of_environment(cls) -> "Bounds":
        """What the variables say; one that is no whole number says nothing."""
        return cls(*(_whole(os.environ.get(name, "")) for name in (RUNS, DAYS)))


def beyond(runs: Sequence[Entry], bounds: Bounds, now: datetime) -> list[Entry]:
    """Those of `runs` (the oldest first) that the bounds do not keep; the newest, and what may go on, always stay."""
    first = len(runs) - max(bounds.runs, 1) if bounds.runs is not None else 0
    oldest = now - timedelta(days=bounds.days) if bounds.days is not None else None
    return [
        entry
        for number, entry in enumerate(runs[:-1])
        if (number < first or (oldest is not None and began(entry) < oldest)) and not _may_go_on(entry, now)
    ]


def forget(runs: Sequence[Entry]) -> None:
    """Delete these runs: out of sight at once, then from the disk, and from the index."""
    for entry in runs:
        folder = run_directory(entry.run)
        gone = folder.with_name(GONE + folder.name)
        with suppress(OSError):
            folder.rename(gone)
    _sweep()
    with suppress(OSError):
        write_private(runs_directory() / INDEX, "".join(line_of(entry) for entry in entries() if entry.ended))


def _may_go_on(entry: Entry, now: datetime) -> bool:
    return not entry.ended and began(entry) > now - timedelta(days=1)


def _sweep() -> None:
    """What is out of sight, of an interrupted call before as well."""
    for gone in runs_directory().glob(f"{GONE}*"):
        shutil.rmtree(gone, ignore_errors=True)


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
