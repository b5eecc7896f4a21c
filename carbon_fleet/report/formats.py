"""Every way to write a Report, by the name `--format` takes: each a function of the document and of nothing else."""

import io
from collections.abc import Callable

from rich.console import Console

from carbon_fleet.report.document import Report
from carbon_fleet.report.html import page_of
from carbon_fleet.report.junit import junit
from carbon_fleet.report.mdm import jamf, munki
from carbon_fleet.report.openmetrics import openmetrics
from carbon_fleet.report.text import WIDE, print_report


def text(report: Report) -> str:
    """The text as a verb prints it into a pipe: `WIDE` columns for tables, no colours."""
    out = io.StringIO()
    print_report(report, Console(file=out, width=WIDE, emoji=False, highlight=False, color_system=None))
    return out.getvalue()


def json(report: Report) -> str:
    """The document itself, as `--json` prints it."""
    return f"{report.to_json()}\n"


FORMATS: dict[str, Callable[[Report], str]] = {
    "text": text,
    "json": json,
    "junit": junit,
    "openmetrics": lambda report: openmetrics([report]),
    "jamf": jamf,
    "munki": munki,
    "html": lambda report: page_of([report]),
}
"""A new format is a function here, and a row in docs/report.md."""
