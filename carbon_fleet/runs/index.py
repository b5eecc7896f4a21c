"""What runs there were, without reading their Reports: a line each in `STATE/runs/index.jsonl`.

The folders are the truth. A line that is missing or damaged is made anew from its run's Report, one whose folder is
gone is passed over; so nothing has to be locked, and deleting the index loses nothing.
"""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from carbon_fleet.report.document import MacReport, Report
from carbon_fleet.report.pending import counted
from carbon_fleet.report.reading import NotAReport, read_report
from carbon_fleet.runs.identity import is_run
from carbon_fleet.runs.journal import read_journal
from carbon_fleet.runs.places import JOURNAL, REPORT, run_directory, runs_directory

INDEX = "index.jsonl"
FORMAT = 1


@dataclass(frozen=True)
class MacEntry:
    """How a run ended for one Mac, and how many Changes are still to be made there.

    Waived ones, and those that `--only` or `--skip` left out, are not counted.
    """

    outcome: str
    pending: int
    seconds: float


@dataclass(frozen=True)
class Entry:
    """One run, in short. `exit_code` is None of one that has no Report: it goes on, or it was cut off."""

    run: str
    verb: str
    lab: str
    started: str
    seconds: float = 0.0
    exit_code: int | None = None
    controller: str = ""
    macs: dict[str, MacEntry] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether it has a Report."""
        return self.exit_code is not None

    @classmethod
    def of(cls, report: Report) -> "Entry":
        """A Report's line."""
        macs = {mac.mac: _mac(report, mac) for mac in report.macs}
        words = (report.run, report.verb, report.lab, report.started, report.seconds)
        return cls(*words, report.exit_code, report.controller, macs)


def _mac(report: Report, mac: MacReport) -> MacEntry:
    return MacEntry(mac.outcome.value, len(counted(report, mac)), mac.seconds)


def line_of(entry: Entry) -> str:
    """The entry as a line of the index."""
    return json.dumps({"format": FORMAT, **asdict(entry)}, separators=(",", ":")) + "\n"


def note(entry: Entry) -> None:
    """Append its line; two processes that do so at once do not mix theirs. Raises `OSError`."""
    path = runs_directory() / INDEX
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line_of(entry).encode())
    finally:
        os.close(descriptor)


def entries() -> list[Entry]:
    """Every run that is kept, the oldest first."""
    known = {entry.run: entry for entry in _lines(runs_directory() / INDEX)}
    return [known.get(run) or _made(run) for run in sorted(_folders())]


def _folders() -> Iterator[str]:
    with suppress(OSError), os.scandir(runs_directory()) as found:
        yield from (each.name for each in found if is_run(each.name))


def _lines(path: Path) -> Iterator[Entry]:
    with suppress(OSError):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError, TypeError, AttributeError):
                yield _entry(json.loads(line))


def _entry(plain: dict[str, Any]) -> Entry:
    if plain.pop("format") != FORMAT:
        raise ValueError(plain)
    return Entry(**{**plain, "macs": {name: MacEntry(**mac) for name, mac in plain["macs"].items()}})


def _made(run: str) -> Entry:
    """A run's line from its Report, noted for the next time; without a Report from what its journal began with."""
    try:
        entry = Entry.of(read_report((run_directory(run) / REPORT).read_bytes()))
    except (OSError, NotAReport):
        return _unended(run)
    if entry.run != run:  # copied by hand from another folder
        return _unended(run)
    with suppress(OSError):
        note(entry)
    return entry


def _unended(run: str) -> Entry:
    began: dict[str, Any] = {}
    with suppress(OSError, StopIteration, TypeError, ValueError):
        began = dict(next(iter(read_journal(run_directory(run) / JOURNAL))))
    return Entry(run, str(began.get("verb", "?")), str(began.get("lab", "?")), str(began.get("at", "")))
