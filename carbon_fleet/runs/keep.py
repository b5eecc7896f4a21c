"""Keeps a run's Report, and finds it again."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from carbon_fleet.report.document import Report
from carbon_fleet.report.kept import write_private
from carbon_fleet.report.reading import read_report
from carbon_fleet.runs.index import Entry, entries, note
from carbon_fleet.runs.places import REPORT, run_directory
from carbon_fleet.runs.prune import Bounds, beyond, forget


def keep(report: Report) -> Path:
    """Write the Report into its run's folder, whole or not at all; where it lies now. Raises `OSError`.

    What the environment's bounds do not keep is forgotten then.
    """
    place = run_directory(report.run) / REPORT
    write_private(place, report.to_json() + "\n")
    with suppress(OSError):  # the index is made anew from the folders where it lacks a line
        note(Entry.of(report))
    bounds = Bounds.of_environment()
    if bounds != Bounds():
        forget(beyond(entries(), bounds, datetime.now(UTC)))
    return place


def kept(run: str) -> Report:
    """The Report of this run. Raises `OSError` or `NotAReport`."""
    return read_report((run_directory(run) / REPORT).read_bytes())
