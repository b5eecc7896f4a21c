"""Earlier runs, as the fleet's page draws them: a column a run, and each Mac's ends."""

from collections.abc import Sequence
from dataclasses import dataclass

from carbon_fleet.report.document import Outcome, Report

RUNS = 30
"""As many of the last runs are drawn."""
WELL = (Outcome.CONVERGED, Outcome.VERIFIED, Outcome.MEASURED, Outcome.CHANGED, Outcome.WAIVED, Outcome.HEALTHY)
PENDING = (Outcome.DRIFTED, Outcome.NOT_REACHED)
STEP, HEIGHT = 14.0, 60.0


@dataclass(frozen=True)
class Bar:
    """One run: where it stands, how high its three parts are (px; well, pending, bad), and its words."""

    x: float
    well: float
    pending: float
    bad: float
    words: str


@dataclass(frozen=True)
class Past:
    """The last runs of one lab, oldest first."""

    bars: tuple[Bar, ...]
    ends: dict[str, tuple[tuple[str, Outcome], ...]]
    """By Mac: when a run began, and how it ended for this Mac."""
    width: float
    height: float = HEIGHT

    def of(self, mac: str) -> tuple[tuple[str, Outcome], ...]:
        """How earlier runs ended for a Mac."""
        return self.ends.get(mac, ())


def past(reports: Sequence[Report]) -> Past:
    """What can be drawn of these runs, the one shown included; a run alone has no past."""
    last = reports[-RUNS:] if len(reports) > 1 else ()
    bars = tuple(_bar(number, report) for number, report in enumerate(last))
    ends: dict[str, tuple[tuple[str, Outcome], ...]] = {}
    for report in last:
        for mac in report.macs:
            ends[mac.mac] = (*ends.get(mac.mac, ()), (f"{report.started} {report.verb}", mac.outcome))
    return Past(bars, ends, round(len(last) * STEP, 1))


def _bar(number: int, report: Report) -> Bar:
    total = len(report.macs) or 1
    well = sum(mac.outcome in WELL for mac in report.macs)
    pending = sum(mac.outcome in PENDING for mac in report.macs)
    bad = len(report.macs) - well - pending
    words = f"{report.started} {report.verb}: {well} well, {pending} pending, {bad} bad of {len(report.macs)}"
    high = HEIGHT / total
    return Bar(round(number * STEP, 1), round(high * well, 1), round(high * pending, 1), round(high * bad, 1), words)
