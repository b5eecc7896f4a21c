"""Reports as HTML pages that need nothing else: no font, no picture, no network."""

from collections.abc import Sequence

from carbon_fleet.report.document import Report
from carbon_fleet.report.html.fleet import fleet_page
from carbon_fleet.report.html.page import html_of as html_of


def page_of(reports: Sequence[Report]) -> str:
    """The page of the last of `reports`: of a proof its figures, of everything else the fleet, with those before it."""
    last = reports[-1]
    return html_of(last.as_dict()) if last.verb == "prove" else fleet_page(reports)
