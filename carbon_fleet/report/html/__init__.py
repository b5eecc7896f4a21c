"""A Report of `prove` as one HTML page that needs nothing else: no script, no font, no network."""

from carbon_fleet.report.html.page import html_of as html_of
