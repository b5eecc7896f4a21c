"""How a verb hands out its Report: on standard output, as JSON or as text."""

import sys

from carbon_fleet.report.document import Report
from carbon_fleet.report.text import print_report, terminal
from carbon_fleet.verbs.ending import forget_reader


def show(report: Report, *, json: bool) -> None:
    """Print the Report on standard output, which somebody may have stopped reading: its exit code still counts."""
    try:
        if json:
            print(report.to_json())
        else:
            print_report(report, terminal())
        sys.stdout.flush()
    except BrokenPipeError:
        forget_reader()
