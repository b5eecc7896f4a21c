"""Finds the Report that somebody names: a file, a folder, standard input, or a run that is kept here."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from carbon_fleet.report.document import Report
from carbon_fleet.report.reading import NotAReport, read_report
from carbon_fleet.runs.index import Entry, entries
from carbon_fleet.runs.keep import kept
from carbon_fleet.runs.places import REPORT, run_directory
from carbon_fleet.runs.which import NoSuchRun, which
from carbon_fleet.verbs.choice import usage


def ended_runs(lab: str | None = None, verbs: Sequence[str] = ()) -> list[Entry]:
    """The kept runs that have a Report, the oldest first; only of this lab, only of these verbs."""
    return [
        entry for entry in entries() if entry.ended and lab in (None, entry.lab) and (not verbs or entry.verb in verbs)
    ]


def found(word: str, runs: Sequence[Entry] | None = None) -> Report:
    """The Report `word` names, a run among `runs` where it names no file; else the verb ends with 64 and says why."""
    path = Path(word)
    if word == "-":
        return _read("standard input", sys.stdin.buffer.read())
    if path.is_dir():
        path = path / REPORT
    if path.exists():
        return _file(path)
    try:
        entry = which(word, ended_runs() if runs is None else runs, datetime.now().astimezone())
    except NoSuchRun as error:
        raise usage(str(error)) from None
    return _run(entry)


def _run(entry: Entry) -> Report:
    try:
        return kept(entry.run)
    except (OSError, NotAReport) as error:
        raise usage(f"{run_directory(entry.run) / REPORT}: {error}") from None


def _file(path: Path) -> Report:
    try:
        return _read(str(path), path.read_bytes())
    except OSError as error:
        raise usage(f"{path}: cannot be read: {error.strerror}") from None


def _read(name: str, text: bytes) -> Report:
    try:
        return read_report(text)
    except NotAReport as error:
        raise usage(f"{name}: {error}") from None
