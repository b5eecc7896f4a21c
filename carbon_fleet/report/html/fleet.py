"""The fleet's page: Macs by layers of the chain, what is to be said of each, how it went before. No network needed."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markupsafe import Markup

from carbon_fleet.report.chain import LAYERS
from carbon_fleet.report.document import MacReport, Outcome, Report
from carbon_fleet.report.html.cell import STATES, Cell, cells
from carbon_fleet.report.html.page import measured_plots, template
from carbon_fleet.report.html.past import Past, past
from carbon_fleet.report.html.plot import Plot, Point, strip_plot
from carbon_fleet.report.matrix_table import COLUMNS, entries_of, runner_words
from carbon_fleet.report.matrix_table import cells as runtime_cells
from carbon_fleet.report.values import attribute_lines, visible

SIGNS = {
    Outcome.CONVERGED: ("✓", "good"),
    Outcome.VERIFIED: ("✓", "good"),
    Outcome.HEALTHY: ("✓", "good"),
    Outcome.MEASURED: ("✓", "good"),
    Outcome.CHANGED: ("+", "made"),
    Outcome.WAIVED: ("w", "dim"),
    Outcome.DRIFTED: ("~", "drift"),
    Outcome.NOT_REACHED: ("·", "dim"),
    Outcome.REFUSED: ("!", "bad"),
}
"""The sign and the colour's class of an outcome; all others are `✗` and bad."""


RUNTIME_COLOURS = {
    "computes on the GPU": "good",
    "computes on the CPU": "drift",
    "cannot compute": "bad",
}
"""The colour's class of a verdict of `matrix`; all others are dim."""
SHORTEST, LONGEST = 0.001, 1e7
"""Seconds that can be drawn: a run is measured in milliseconds, and none takes months."""


@dataclass(frozen=True)
class Row:
    """One Mac: its cells, and whether there is something to be said of it. `number` is its anchor's."""

    number: int
    mac: MacReport
    sign: str
    colour: str
    cells: tuple[Cell, ...]
    past: tuple[tuple[str, str, str], ...]
    """Sign, colour and words of each earlier run it was in, oldest first."""

    @property
    def spoken(self) -> bool:
        """Whether the Mac has words below the matrix."""
        mac = self.mac
        return bool(mac.changes or mac.left or mac.failures or mac.notices)


def fleet_page(reports: Sequence[Report]) -> str:
    """The page of the last of `reports`; those before it, of the same lab, are its past.

    Equal Reports give equal bytes.
    """
    report = reports[-1]
    before = past([one for one in reports if one.lab == report.lab])
    rows = [_row(number, mac, before) for number, mac in enumerate(report.macs)]
    script = _script()
    page = template("fleet.html.j2").render(
        report=report,
        rows=rows,
        layers=LAYERS,
        states=[state for state in STATES if any(cell.state is state for row in rows for cell in row.cells)],
        counts=_counts(report),
        groups=sorted({group for mac in report.macs for group in mac.groups}),
        kinds=sorted({mac.kind for mac in report.macs if mac.kind}),
        past=before,
        runtimes=[(mac, entries) for mac in report.macs if (entries := entries_of(mac))],
        runtime_columns=COLUMNS,
        runtime_cells=runtime_cells,
        runtime_colours=RUNTIME_COLOURS,
        runner_words=runner_words,
        plots=[plot for plot in (_seconds(report), *measured_plots(reports)) if plot.rows],
        lines=attribute_lines,
        script=Markup(script),  # noqa: S704  our own file, nothing of a Report
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return page if page.endswith("\n") else f"{page}\n"


@cache
def _script() -> str:
    return (Path(__file__).parent / "fleet.js").read_text(encoding="utf-8").strip()


def _row(number: int, mac: MacReport, before: Past) -> Row:
    sign, colour = sign_of(mac.outcome)
    ends = tuple((*sign_of(outcome), f"{when}: {outcome.value}") for when, outcome in before.of(mac.mac))
    return Row(number, mac, sign, colour, cells(mac), ends)


def sign_of(outcome: Outcome) -> tuple[str, str]:
    """The sign and the colour's class of an outcome."""
    return SIGNS.get(outcome, ("✗", "bad"))


def _counts(report: Report) -> list[tuple[str, str, str, int]]:
    """Sign, colour, words and number of each outcome there is."""
    outcomes = [mac.outcome for mac in report.macs]
    return [(*sign_of(one), one.value, outcomes.count(one)) for one in Outcome if one in outcomes]


def _seconds(report: Report) -> Plot:
    points = [
        Point(visible(mac.mac), visible(mac.kind) or "not looked at", mac.seconds)
        for mac in report.macs
        if SHORTEST <= mac.seconds <= LONGEST
    ]
    return strip_plot("seconds", f"Duration of {report.verb}", "s", points, far=0.33)
