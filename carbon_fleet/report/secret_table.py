"""The table of `secret list`: a line per secret and Mac."""

from rich.table import Table

from carbon_fleet.report.cells import outcome, safe
from carbon_fleet.report.document import Report

COLUMNS = ("Mac", "secret", "source", "used by", "on the Mac", "in the machine")
STYLE = {"no": "yellow", "none": "yellow", "another one": "yellow", "unknown": "red", "not used": "dim"}


def secret_table(report: Report) -> Table:
    """Where each secret is and who uses it."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for mac in report.macs:
        rows = mac.measured.get("secrets", [])
        if not rows:
            table.add_row(safe(mac.mac), "none" if "secrets" in mac.measured else outcome(mac))
        for row in rows:
            words = (mac.mac, row["name"], row["source"], ", ".join(row["used_by"]) or "-")
            table.add_row(*(safe(word) for word in words), _state(row["on_mac"]), _state(row["in_machine"]))
    return table


def _state(word: str) -> str:
    style = STYLE.get(word, "green")
    return f"[{style}]{word}[/{style}]"
