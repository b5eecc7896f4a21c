"""The table below `bench`'s words: a line a path, its rates with their spread, and what they are of others."""

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table

from carbon_fleet.report.cells import outcome, safe
from carbon_fleet.report.document import MacReport, Report

COLUMNS = ("Mac", "outcome", "path", "prompt t/s", "generation t/s", "x CPU", "of Metal", "on")
LEFT = ("Mac", "outcome", "path", "on")
ORDER = ("cpu", "venus", "metal", "remoting", "vulkan")
WAYS = (("venus", "Venus"), ("vulkan", "Vulkan"))
SOFTWARE = "its figures say nothing of a GPU"


def bench_table(report: Report) -> RenderableType:
    """Medians (lowest to highest) per path; the ratios are of generation. Below, what is only claimed elsewhere."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in LEFT else "right")
    for mac in report.macs:
        for cells in _rows(mac):
            table.add_row(*cells)
    return Group(table, *_below(report))


def _rows(mac: MacReport) -> list[tuple[str, ...]]:
    measured: dict[str, Any] = mac.measured.get("bench", {})
    paths = measured.get("paths", {})
    named = (safe(mac.mac), outcome(mac))
    rows = [_row(path, paths[path], measured["ratios"]) for path in ORDER if path in paths]
    if not rows:
        return [(*named, *["-"] * (len(COLUMNS) - len(named)))]
    return [(*(named if number == 0 else ("", "")), *row) for number, row in enumerate(rows)]


def _row(path: str, figures: dict[str, Any], ratios: dict[str, Any]) -> tuple[str, ...]:
    over, of = ratios.get(f"{path}_over_cpu"), ratios.get(f"{path}_of_metal")
    return (
        path,
        _figure(figures["prompt"]),
        _figure(figures["generation"]),
        f"{over['generation']:.2f}x" if over else "-",
        f"{100 * of['generation']:.0f} %" if of else "-",
        safe(figures["device"] or "processors"),
    )


def _figure(figure: dict[str, float]) -> str:
    return f"{figure['median']:.1f} ({figure['low']:.1f}-{figure['high']:.1f})"


def _below(report: Report) -> list[str]:
    measured = [mac.measured["bench"] for mac in report.macs if "bench" in mac.measured]
    lines = [_left_out(mac) for mac in report.macs if mac.measured.get("bench", {}).get("absent")]
    hot = [mac.mac for mac in report.macs if any(one["throttled"] for one in _heat(mac))]
    if hot:
        lines.append(f"held back by heat during the run: {', '.join(safe(name) for name in hot)}")
    ways = [word for path, word in WAYS if any(one["software"] and path in one["paths"] for one in measured)]
    if ways:
        lines.append(f"a CPU stands behind {' and '.join(ways)} where this lab accepts it: {SOFTWARE}")
    seeds = next((one["seeds"] for one in measured if one["seeds"]), None)
    if seeds:
        claim = f"{seeds['speedup']}x the CPU, {100 * seeds['of_metal']:.0f} % of Metal"
        lines.append(f"[dim]for comparison, {claim}: {safe(seeds['what'])}[/dim]")
    return lines


def _heat(mac: MacReport) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = mac.measured.get("bench", {}).get("thermal", [])
    return found


def _left_out(mac: MacReport) -> str:
    absent = mac.measured["bench"]["absent"]
    return f"{safe(mac.mac)} without " + "; ".join(f"{path}: {safe(why)}" for path, why in absent.items())
