"""The table below `prove`'s words: what computed, whether right, how fast, and against what it did before."""

from typing import Any

from rich.table import Table

from carbon_fleet.report.cells import outcome, safe
from carbon_fleet.report.document import MacReport, Report

LEFT = ("Mac", "outcome", "device", "through", "baseline")
COLUMNS = ("Mac", "outcome", "device", "through", "jobs", "GB/s", "GFLOP/s", "baseline", "seconds")
STATES = {"first": "first", "rebased": "taken anew", "replaced": "other hardware: taken anew"}


def prove_table(report: Report) -> Table:
    """A line per proof; `10x` is against one CPU core (of an environment: against the Mac's whole CPU).

    The baseline's shares are bandwidth and compute.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in LEFT else "right")
    for mac in report.macs:
        if "prove" in mac.measured or not mac.measured.get("environments"):
            table.add_row(safe(mac.mac), outcome(mac), *_cells(mac), f"{mac.seconds:.1f}")
        for one in mac.measured.get("environments", ()):
            table.add_row(safe(mac.mac), "accepted" if one["accepted"] else "refused", *_of_environment(one), "-")
    return table


def _of_environment(one: dict[str, Any]) -> tuple[str, ...]:
    """A Python environment's proof: its framework is what it computed through; nothing is kept to compare it with."""
    jobs, figure = one["jobs"], f"{one['compute_gflop_s']:.1f} ({times(one['compute_ratio'])})"
    through = safe(f"{one['kind']} in {one['environment']}")
    return safe(one["device"]), through, f"{jobs['ok']}/{jobs['all']}", "-", figure, "-"


def _cells(mac: MacReport) -> tuple[str, ...]:
    measured: dict[str, Any] = mac.measured.get("prove", {})
    jobs, figures = measured.get("jobs"), measured.get("figures")
    return (
        safe(measured.get("device") or "-"),
        safe(measured.get("through") or "-"),
        f"{jobs['ok']}/{jobs['all']}" if jobs else "-",
        _figure(figures, "bandwidth_gb_s", "bandwidth_ratio"),
        _figure(figures, "compute_gflop_s", "compute_ratio"),
        _baseline(measured.get("baseline")),
    )


def _figure(figures: dict[str, float] | None, name: str, ratio: str) -> str:
    return f"{figures[name]:.1f} ({times(figures[ratio])})" if figures else "-"


def times(ratio: float) -> str:
    """A ratio as `0.40x`, `1.3x` or `112x`: more digits are more than two measurements bear."""
    return f"{ratio:.0f}x" if ratio >= 10 else f"{ratio:.1f}x" if ratio >= 1 else f"{ratio:.2f}x"


def _baseline(baseline: dict[str, Any] | None) -> str:
    if baseline is None:
        return "-"
    shares = baseline["shares"]
    return STATES.get(baseline["state"]) or f"{shares['bandwidth']:.0%} · {shares['compute']:.0%}"
