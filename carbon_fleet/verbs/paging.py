"""The HTML page of a Report, with the kept runs of its lab as its past."""

from carbon_fleet.report.document import Report
from carbon_fleet.report.html import page_of
from carbon_fleet.report.html.past import RUNS
from carbon_fleet.report.reading import NotAReport
from carbon_fleet.runs.keep import kept
from carbon_fleet.verbs.finding import ended_runs

LOOKS = ("drift", "apply", "plan", "verify", "prove")
"""Verbs whose runs tell how a lab was."""


def with_past(report: Report) -> str:
    """The page of `report`; what ran before it on its lab, and is kept here, is its past."""
    names = [entry.run for entry in ended_runs(report.lab, LOOKS) if entry.run < report.run][-RUNS + 1 :]
    return page_of([*filter(None, map(_kept, names)), report])


def _kept(run: str) -> Report | None:
    """One that cannot be read any more is no past: `carbon-fleet report RUN` says what is wrong with it."""
    try:
        return kept(run)
    except (OSError, NotAReport):
        return None
