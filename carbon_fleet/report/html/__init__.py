"""Reports as HTML pages that need nothing else: no font, no picture, no network."""

from carbon_fleet.report.html.page import html_of as html_of
