"""Cells of a Report's tables: an outcome in its colour, a Mac's words made harmless."""

from rich.markup import escape

from carbon_fleet.report.document import MacReport, Outcome
from carbon_fleet.report.values import visible

STYLE = {
    Outcome.CONVERGED: "green",
    Outcome.VERIFIED: "green",
    Outcome.MEASURED: "green",
    Outcome.CHANGED: "yellow",
    Outcome.DRIFTED: "yellow",
    Outcome.REFUSED: "magenta",
    Outcome.FAILED: "red",
    Outcome.UNREACHABLE: "red",
    Outcome.VERIFY_FAILED: "red",
    Outcome.WAIVED: "cyan",
    Outcome.OVERDUE: "red",
    Outcome.NOT_REACHED: "dim",
    Outcome.STOPPED: "yellow",
    Outcome.HEALTHY: "green",
    Outcome.AILING: "red",
}


def safe(text: str) -> str:
    """Text of a Mac as rich may print it: neither markup nor control characters."""
    return escape(visible(text))


def outcome(mac: MacReport) -> str:
    """The outcome in its colour."""
    return f"[{STYLE[mac.outcome]}]{mac.outcome.value}[/{STYLE[mac.outcome]}]"
