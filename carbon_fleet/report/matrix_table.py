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
COLUMNS = ("runtime", "version", "runs", "starts in", "GPU device seen", "proof", "llama.cpp", "verdict")


def matrix_table(report: Report) -> RenderableType:
    """What each runtime does, and where it does not: why, and what to do."""
    return _one(report.macs[0]) if len(report.macs) == 1 else _several(report)


def entries_of(mac: MacReport) -> list[dict[str, Any]]:
    """The entries of one Mac, as its part of the Report has them."""
    measured: dict[str, Any] = mac.measured.get("matrix", {})
    entries: list[dict[str, Any]] = measured.get("runtimes", [])
    return entries


def title(entry: dict[str, Any]) -> str:
    """What a runtime is called for people."""
    return {**TITLES, **OF_LINUX}.get(entry["runtime"], str(entry["runtime"]))


def cells(entry: dict[str, Any]) -> tuple[str, ...]:
    """An entry's cells below COLUMNS, but for the verdict: plain text, as the Mac said it.

    Reports of before have no `starts_in` and no `figure`.
    """
    seconds, figure = entry.get("starts_in"), entry.get("figure")
    starts = "-" if seconds is None else f"{seconds:.1f} s"
    speed = "-" if not figure else f"{figure['generation']:.1f} t/s"
    device, proof = entry["device"] or "-", NUMBERS[entry["computed"]]
    return (title(entry), entry["version"] or "-", RUNS[entry["running"]], starts, device, proof, speed)


def runner_words(mac: MacReport) -> str:
    """What is told of Docker Model Runner, which is no runtime of containers; empty without Docker Desktop."""
    runner = mac.measured.get("matrix", {}).get("model_runner")
    if not runner:
        return ""
    backends = "; ".join(f"{name}: {state}" for name, state in sorted(runner["backends"].items()))
    remedy = f"; {runner['remedy']}" if runner["remedy"] else ""
    return f"Docker Model Runner: {runner['state']}: {runner['why']}{f' ({backends})' if backends else ''}{remedy}"


def _verdict(entry: dict[str, Any]) -> str:
    style = STYLE.get(entry["verdict"], "default")
    return f"[{style}]{safe(entry['verdict'])}[/{style}]"


def _one(mac: MacReport) -> RenderableType:
    entries = entries_of(mac)
    if not entries:
        return f"{safe(mac.mac)}: {outcome(mac)}; nothing was tried"
    table = Table(box=None, pad_edge=False, header_style="bold", title=safe(mac.mac), title_justify="left")
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for entry in entries:
        table.add_row(*(safe(cell) for cell in cells(entry)), _verdict(entry))
    runner = runner_words(mac)
    return Group(table, "", *_words(entries), *([safe(runner)] if runner else []))


def _words(entries: list[dict[str, Any]]) -> list[str]:
    lines = []
    for entry in entries:
        lines.append(f"{title(entry)}: {safe(entry['why'])}{_figure(entry)}")
        lines += [f"    do: {safe(entry['remedy'])}"] if entry["remedy"] else []
    return lines


def _figure(entry: dict[str, Any]) -> str:
    figure = entry.get("figure")
    if not figure:
        return ""
    rates = f"{figure['prompt']:.1f} and {figure['generation']:.1f} t/s"
    return f"; llama.cpp by `bench` ({safe(figure['path'])}): {rates}, run {safe(figure['run'])}"


def _several(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    linux = any(entry["runtime"] in OF_LINUX for mac in report.macs for entry in entries_of(mac))
    columns = {**TITLES, **(OF_LINUX if linux else {})}
    for name in ("Mac", *columns.values()):
        table.add_column(name)
    for mac in report.macs:
        entries = {entry["runtime"]: _verdict(entry) for entry in entries_of(mac)}
        none = "-" if entries else outcome(mac)
        table.add_row(safe(mac.mac), *(entries.get(runtime, none) for runtime in columns))
    return table
