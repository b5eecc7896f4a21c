"""What drift says of a lab as a whole: silent Macs, waivers that expired or match nothing."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.plan.selection import EVERYTHING, Selection
from carbon_fleet.report.document import MacReport, Outcome, Planned, Report
from carbon_fleet.spec import Lab, lab_from_text
from carbon_fleet.verbs.overdue import overdue, span
from carbon_fleet.verbs.waivers import waiver_notes
from tests.unit.runs.kept_runs import NOON, drifted, kept, unreachable

LAB = """\
lab: brisbane
defaults: {user: lab, report_interval: 1d}
macs:
  mac-01: {host: a}
  mac-02: {host: b, report_interval: null}
  mac-03: {host: c}
waivers:
  - {address: "power.*", macs: [mac-01, mac-02], reason: laptops, owner: kim, expires: 2026-11-21}
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBON_STATE", str(tmp_path))


@pytest.fixture
def lab() -> Lab:
    return lab_from_text(LAB, lab_sections())


def report(*macs: MacReport) -> Report:
    return Report("drift", "brisbane", "lab.yml", "", macs=list(macs))


@pytest.mark.parametrize(
    ("hours", "mac", "outcome", "code", "words"),
    [
        (23, "mac-01", Outcome.UNREACHABLE, "LAST_SEEN", "last seen 23 h ago"),
        (25, "mac-01", Outcome.OVERDUE, "OVERDUE", "last seen 25 h ago, 2026-11-20 11:00 UTC, by run 20261120T110000Z"),
        (900, "mac-01", Outcome.OVERDUE, "OVERDUE", "last seen 37 days ago"),
        (900, "mac-02", Outcome.UNREACHABLE, "LAST_SEEN", "last seen 37 days ago"),
        (1, "mac-03", Outcome.OVERDUE, "OVERDUE", "no run kept on this machine has ever seen it; its `rep"),
    ],
)  # fmt: skip
def test_a_silent_mac(lab: Lab, hours: float, mac: str, outcome: Outcome, code: str, words: str) -> None:
    kept(hours, drifted("mac-01"), drifted("mac-02"))
    found = report(unreachable(mac))
    overdue(found, lab, NOON)
    (silent,) = found.macs
    said = [one for one in (*silent.failures, *silent.notices) if one.code == code]
    assert (silent.outcome, found.exit_code) == (outcome, 5)
    assert words in said[0].what


def test_a_mac_that_answered_is_never_overdue(lab: Lab) -> None:
    found = report(drifted("mac-01"))
    overdue(found, lab, NOON + timedelta(days=400))
    assert found.exit_code == 0


def notes(lab: Lab, found: Report, today: str = "2026-11-21", selection: Selection = EVERYTHING) -> list[str]:
    return [note.code for note in waiver_notes(lab, found, selection, date.fromisoformat(today))]


def change(address: str) -> Planned:
    return Planned(address, "update", [], "it differs", [], [])


def test_a_waiver_that_is_used_and_holds_is_not_spoken_of(lab: Lab) -> None:
    used = MacReport("mac-01", Outcome.WAIVED, left=[change("power.ac")])
    assert notes(lab, report(used, drifted("mac-02"))) == []
    assert notes(lab, report(used)) == []


def test_one_that_matches_nothing_is(lab: Lab) -> None:
    assert notes(lab, report(drifted("mac-01"), drifted("mac-02", "machine.carbon"))) == ["WAIVER_UNUSED"]


def test_one_that_expired_is_when_it_counts_again(lab: Lab) -> None:
    used = MacReport("mac-01", Outcome.DRIFTED, changes=[change("power.ac")])
    assert notes(lab, report(used, drifted("mac-02")), "2026-11-22") == ["WAIVER_EXPIRED"]
    assert notes(lab, report(drifted("mac-01"), drifted("mac-02")), "2026-11-22") == ["WAIVER_UNUSED"]


@pytest.mark.parametrize("ended", [Outcome.UNREACHABLE, Outcome.REFUSED, Outcome.FAILED])
def test_nothing_is_unused_while_not_all_was_looked_at(lab: Lab, ended: Outcome) -> None:
    assert notes(lab, report(drifted("mac-01"), MacReport("mac-02", ended))) == []
    assert notes(lab, report(drifted("mac-01"))) == [], "--limit"
    assert notes(lab, report(drifted("mac-01"), drifted("mac-02")), selection=Selection(only=("stack",))) == []


def test_spans() -> None:
    times = [timedelta(seconds=-5), timedelta(minutes=119), timedelta(hours=47), timedelta(days=2)]
    assert [span(time) for time in times] == ["0 min", "119 min", "47 h", "2 days"]
