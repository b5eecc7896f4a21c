"""Drift as it is read: causes, waivers, what was last applied, the sum."""

import pytest

from carbon_fleet.plan import Attribute
from carbon_fleet.plan.cause import Cause
from carbon_fleet.report.document import MacReport, Outcome, Planned, Report, Result, Waived
from carbon_fleet.report.drift_lines import summary
from tests.unit.report.test_text import rendered

APPLIED = {"run": "r1", "when": "2026-11-20T10:00:00+00:00", "by": "lee@desk", "spec": "0"}


def planned(address: str, cause: Cause | None = None, evidence: str = "", waiver: Waived | None = None) -> Planned:
    pair = [Attribute("state", "stopped", "running")]
    return Planned(address, "run", pair, "it has to run", [], [], cause, evidence, waiver)


def report(*macs: MacReport, **options: object) -> Report:
    return Report("drift", "lab", "lab.yml", "", macs=list(macs), options=dict(options))


def lines(*macs: MacReport, **options: object) -> list[str]:
    return [line.rstrip() for line in rendered(report(*macs, **options)).splitlines()]


def test_causes_with_what_shows_them() -> None:
    changes = [planned("machine.a", Cause.CORRECTIVE), planned("machine.b", Cause.ENVIRONMENT, "macos: 1 → 2")]
    mac = MacReport("m", Outcome.DRIFTED, applied=APPLIED, changes=changes)
    assert lines(mac)[:8] == [
        "m",
        "    > machine.a  it has to run",
        "        state: stopped → running",
        "        cause: corrective",
        "    > machine.b  it has to run",
        "        state: stopped → running",
        "        cause: environment: macos: 1 → 2",
        "      last applied 2026-11-20T10:00:00+00:00 by lee@desk, run r1",
    ]


def test_that_there_is_no_record_is_said_once() -> None:
    changes = [planned(f"machine.{name}", Cause.UNKNOWN, "nothing notes it") for name in "ab"]
    said = lines(MacReport("m", Outcome.DRIFTED, changes=changes))
    assert said.count("        cause: unknown") == 2
    assert said.count("      nothing notes it") == 1


def test_waivers_stand_apart_and_expired_ones_count() -> None:
    good = planned("provider.drop-in", Cause.CORRECTIVE, "", Waived("lee", "tried", "2030-01-01"))
    old = planned("power.ac", Cause.CORRECTIVE, "", Waived("kim", "later", "2020-01-01", expired=True))
    said = lines(MacReport("m", Outcome.DRIFTED, applied=APPLIED, changes=[old], left=[good]))
    assert "    waived provider.drop-in (state), by lee until 2030-01-01: tried" in said
    assert "        waived until 2020-01-01, by kim: later: it counts again" in said
    assert said[-1] == "1 difference: 1 corrective; 1 waived"


def test_what_fix_left_is_shown_whole_and_what_it_made_is_counted() -> None:
    made, left = planned("machine.a", Cause.CORRECTIVE), planned("machine.b", Cause.INTENDED, "it changed")
    result = Result("machine.a", "true", 0, 0.1, ())
    mac = MacReport("m", Outcome.DRIFTED, applied=APPLIED, changes=[made], left=[left], results=[result])
    said = lines(mac, fix=True)
    assert "        cause: intended: it changed" in said
    assert said[-1] == "1 difference: 1 intended; 1 fixed"


def test_what_was_not_chosen_is_no_difference() -> None:
    mac = MacReport("m", Outcome.CONVERGED, left=[planned("stack.a.b", Cause.INTENDED)])
    assert lines(mac, only=["machine"])[-1] == "0 differences"


@pytest.mark.parametrize("evil", ["[bold]x[/bold]", "\x1b[31mred"])
def test_no_word_of_others_becomes_markup(evil: str) -> None:
    waiver = Waived(evil, evil, "2030-01-01")
    mac = MacReport(
        "m",
        Outcome.DRIFTED,
        applied={**APPLIED, "by": evil},
        changes=[planned("a.b", Cause.ENVIRONMENT, evil)],
        left=[planned("a.c", Cause.CORRECTIVE, "", waiver)],
    )
    text = rendered(report(mac))
    assert "\x1b" not in text
    assert text.count("[bold]x[/bold]") == (4 if "bold" in evil else 0)


def test_the_sum_names_every_cause() -> None:
    changes = [planned(f"a.{cause}", cause) for cause in Cause]
    assert summary(report(MacReport("m", Outcome.DRIFTED, changes=changes))) == (
        "4 differences: 1 intended, 1 corrective, 1 environment, 1 unknown"
    )
