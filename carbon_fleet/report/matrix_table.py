"""The table of `matrix`: the runtimes of one Mac line by line; of several, a line per Mac and a column per runtime."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from carbon_fleet.report.cells import outcome, safe
from carbon_fleet.report.document import MacReport, Report

STYLE = {
    "computes on the GPU": "green",
    "computes on the CPU": "yellow",
    "cannot compute": "red",
    "not there": "dim",
    "not measured": "cyan",
}
TITLES = {
    "docker-desktop": "Docker Desktop",
    "podman-applehv": "Podman applehv",
    "podman-libkrun": "Podman libkrun",
    "lima": "Lima",
    "colima": "Colima",
    "apple-container": "Apple container",
    "native": "native (Metal)",
}
"""Every runtime that is looked for on a Mac, in the order it is told."""
OF_LINUX = {"linux-nvidia": "podman (CUDA)"}
"""That of a Linux host."""
NUMBERS = {True: "right", False: "wrong", None: "-"}
RUNS = {True: "yes", False: "no", None: "-"}


def matrix_table(report: Report) -> RenderableType:
    """What each runtime does, and where it does not: why, and what to do."""
    return _one(report.macs[0]) if len(report.macs) == 1 else _several(report)


def _entries(mac: MacReport) -> list[dict[str, Any]]:
    measured: dict[str, Any] = mac.measured.get("matrix", {})
    entries: list[dict[str, Any]] = measured.get("runtimes", [])
    return entries


def _verdict(entry: dict[str, Any]) -> str:
    style = STYLE.get(entry["verdict"], "default")
    return f"[{style}]{safe(entry['verdict'])}[/{style}]"


def _one(mac: MacReport) -> RenderableType:
    entries = _entries(mac)
    if not entries:
        return f"{safe(mac.mac)}: {outcome(mac)}; nothing was tried"
    table = Table(box=None, pad_edge=False, header_style="bold", title=safe(mac.mac), title_justify="left")
    for name in ("runtime", "version", "runs", "numbers", "device", "verdict"):
        table.add_column(name, overflow="fold")
    for entry in entries:
        cells = (entry["version"] or "-", RUNS[entry["running"]], NUMBERS[entry["computed"]], entry["device"] or "-")
        table.add_row(TITLES[entry["runtime"]], *(safe(cell) for cell in cells), _verdict(entry))
    return Group(table, "", *_words(entries))


def _words(entries: list[dict[str, Any]]) -> list[str]:
    lines = []
    for entry in entries:
        lines.append(f"{TITLES[entry['runtime']]}: {safe(entry['why'])}")
        lines += [f"    do: {safe(entry['remedy'])}"] if entry["remedy"] else []
    return lines


def _several(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Mac", *TITLES.values()):
        table.add_column(name)
    for mac in report.macs:
        entries = {entry["runtime"]: _verdict(entry) for entry in _entries(mac)}
        table.add_row(safe(mac.mac), *(entries.get(runtime, outcome(mac)) for runtime in TITLES))
    return table
