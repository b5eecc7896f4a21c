"""Keeps a run's Report."""

from pathlib import Path

from carbon_fleet.report.document import Report
from carbon_fleet.report.kept import write_private
from carbon_fleet.runs.places import REPORT, run_directory


def keep(report: Report) -> Path:
    """Write the Report into its run's folder, whole or not at all; where it lies now. Raises `OSError`."""
    place = run_directory(report.run) / REPORT
    write_private(place, report.to_json() + "\n")
    return place
