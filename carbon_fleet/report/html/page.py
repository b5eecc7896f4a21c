"""The page: a table of the Macs, the fleet plots, and each Mac's words. Made of the Report's JSON alone."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from carbon_fleet.report.document import Outcome, Report
from carbon_fleet.report.html.plot import Plot, Point, strip_plot
from carbon_fleet.report.prove_table import STATES, times
from carbon_fleet.report.values import visible

PLOTS = (
    ("compute", "compute_gflop_s", "GFLOP/s", "Compute: product of two f32 matrices"),
    ("bandwidth", "bandwidth_gb_s", "GB/s", "Bandwidth: copy inside device memory"),
)


def html_of(report: Mapping[str, Any]) -> str:
    """The page of one Report of `prove`, given as plain JSON values. Equal Reports give equal bytes."""
    macs = report["macs"]
    plots = proof_plots(macs)
    return template("prove.html.j2").render(
        report=report,
        rows=[row for mac in macs for row in _rows(mac)],
        plots=[plot for plot in plots if plot.rows],
        without=[mac["mac"] for mac in macs if not _accepted(mac)],
        counts=_counts(macs),
        spoken=[mac for mac in macs if mac["failures"] or mac["notices"]],
    )


def proof_plots(macs: list[Mapping[str, Any]]) -> list[Plot]:
    """What a proof measured of these Macs, given as plain JSON values."""
    return [_plot(macs, *words) for words in PLOTS]


def measured_plots(reports: Sequence[Report]) -> list[Plot]:
    """What the last proof among these runs measured; none without one."""
    proofs = [report for report in reports if report.verb == "prove"]
    return proof_plots(proofs[-1].as_dict()["macs"]) if proofs else []


@cache
def template(name: str) -> Template:
    """A template of this folder: what it shows is escaped, and control characters are written out."""
    loader = FileSystemLoader(Path(__file__).parent)
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) else value,
    )
    return environment.get_template(name)


def _measured(mac: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = mac["measured"].get("prove", {})
    return found


def _accepted(mac: Mapping[str, Any]) -> bool:
    measured = _measured(mac)
    return bool(measured.get("accepted") and measured.get("figures") and measured.get("baseline"))


def _rows(mac: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A Mac's own row, and one for each Python environment that was proven."""
    proofs = mac["measured"].get("environments") or ()
    own = [_row(mac)] if _measured(mac) or not proofs else []
    return [*own, *(_of_environment(mac, one) for one in proofs)]


def _of_environment(mac: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, Any]:
    outcome = Outcome.VERIFIED if one["accepted"] else Outcome.VERIFY_FAILED
    return _row({**mac, "measured": {}, "outcome": outcome}) | {
        "device": one["device"],
        "through": f"{one['kind']} in {one['environment']}",
        "jobs": f"{one['jobs']['ok']}/{one['jobs']['all']}",
        "compute": f"{one['compute_gflop_s']:.1f}",
        "compute_ratio": times(one["compute_ratio"]),
    }


def _row(mac: Mapping[str, Any]) -> dict[str, Any]:
    """A Mac's cells; what was not measured is a dash."""
    measured = _measured(mac)
    figures, jobs, baseline = (measured.get(name) or {} for name in ("figures", "jobs", "baseline"))
    return {
        "mac": mac["mac"],
        "outcome": str(mac["outcome"]),
        "kind": _kind(str(mac["outcome"])),
        "chip": measured.get("chip") or "-",
        "device": measured.get("device") or "-",
        "through": measured.get("through") or "-",
        "jobs": f"{jobs['ok']}/{jobs['all']}" if jobs else "-",
        "bandwidth": f"{figures['bandwidth_gb_s']:.1f}" if figures else "-",
        "bandwidth_ratio": times(figures["bandwidth_ratio"]) if figures else "-",
        "compute": f"{figures['compute_gflop_s']:.1f}" if figures else "-",
        "compute_ratio": times(figures["compute_ratio"]) if figures else "-",
        "baseline": _baseline(baseline),
    }


def _kind(outcome: str) -> str:
    return {"verified": "good", "drifted": "drift"}.get(outcome, "bad")


def _baseline(baseline: Mapping[str, Any]) -> str:
    if not baseline:
        return "-"
    shares = baseline["shares"]
    return STATES.get(baseline["state"]) or f"{shares['bandwidth']:.0%} · {shares['compute']:.0%}"


def _counts(macs: list[Mapping[str, Any]]) -> str:
    outcomes = [str(mac["outcome"]) for mac in macs]
    parts = [f"{outcomes.count(outcome)} {outcome}" for outcome in dict.fromkeys(sorted(outcomes))]
    return f"{len(macs)} Mac{'s' * (len(macs) != 1)}: {', '.join(parts)}" if macs else "no Mac"


def _plot(macs: list[Mapping[str, Any]], name: str, figure: str, unit: str, title: str) -> Plot:
    points = []
    for mac in filter(_accepted, macs):
        measured = _measured(mac)
        kept = measured["baseline"]["state"] == "kept"
        slower = name in (measured["drift"] or {}).get("slower", {})
        before = measured["baseline"]["figures"][figure] if kept else None
        points.append(Point(mac["mac"], _group(measured), measured["figures"][figure], before, slower))
    return strip_plot(name, title, unit, points)


def _group(measured: Mapping[str, Any]) -> str:
    """The chip; figures of software are never beside a GPU's."""
    chip = visible(str(measured["chip"]))
    if measured["modelled"]:
        return f"{chip}, modelled"
    return f"{chip}, software" if measured["software"] else chip
