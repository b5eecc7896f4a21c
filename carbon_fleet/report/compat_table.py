"""The table below `compat`'s words: what is known of each Mac, and the fewest moves out of what is bad."""

from typing import Any

from rich.table import Table

from carbon_fleet.report.cells import outcome, safe
from carbon_fleet.report.document import MacReport, Report

COLOURS = {"known good": "green", "known bad": "red", "unknown": "yellow"}


def compat_table(report: Report) -> Table:
    """A line per Mac."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Mac", "answer", "podman", "krunkit", "machine", "Mesa", "rules", "fewest moves"):
        table.add_column(name)
    for mac in report.macs:
        told: dict[str, Any] = mac.measured.get("compat", {})
        table.add_row(safe(mac.mac), _answer(mac, told), *(_cells(told) if told else ["-"] * 6))
    return table


def _answer(mac: MacReport, told: dict[str, Any]) -> str:
    answer = told.get("answer")
    return f"[{COLOURS[answer]}]{answer}[/{COLOURS[answer]}]" if answer in COLOURS else outcome(mac)


def _cells(told: dict[str, Any]) -> list[str]:
    things = told["things"]
    versions = [things.get(name, "?") for name in ("podman", "krunkit", "machine-os", "mesa")]
    codes = ", ".join(dict.fromkeys(rule["code"] for rule in told["rules"])) or "-"
    moves = [f"{move['name']} {move['before']} → {move['after']}" for move in (told["ways"] or [[]])[0]]
    return [safe(word) for word in (*versions, codes, ", ".join(moves) or "-")]
