"""When a Mac was last seen: by kept runs alone, whatever the clock does."""

from datetime import timedelta
from pathlib import Path

import pytest

from carbon_fleet.report.document import Failure, MacReport, Outcome
from carbon_fleet.runs.seen import last_seen
from tests.unit.runs.kept_runs import NOON, drifted, kept, name, unreachable

MACS = ["mac-01", "mac-02"]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBON_STATE", str(tmp_path))


def seen(hours: float = 0) -> dict[str, str]:
    now = NOON - timedelta(hours=hours)
    return {mac: last.run for mac, last in last_seen("brisbane", MACS, now).items()}


def test_without_runs_nobody_was_seen() -> None:
    assert seen() == {}


def test_the_last_run_that_saw_a_mac_counts() -> None:
    kept(3)
    kept(2, drifted("mac-01"), unreachable("mac-02"))
    kept(1, unreachable("mac-01"), unreachable("mac-02"))
    assert seen() == {"mac-01": name(2), "mac-02": name(3)}


def test_other_labs_do_not_count() -> None:
    kept(1, lab="sydney")
    assert seen() == {}


@pytest.mark.parametrize("outcome", [Outcome.NOT_REACHED, Outcome.OVERDUE])
def test_who_had_no_turn_was_not_seen(outcome: Outcome) -> None:
    kept(1, MacReport("mac-01", outcome), drifted("mac-02"))
    assert seen() == {"mac-02": name(1)}


def test_a_refused_mac_was_seen_when_something_was_asked_of_it() -> None:
    failure = Failure("mac", "HOST_KEY_CHANGED", "a", "b", "c")
    kept(1, MacReport("mac-01", Outcome.REFUSED, failures=[failure]), MacReport("mac-02", Outcome.REFUSED, execs=1))
    assert seen() == {"mac-02": name(1)}


def test_a_run_of_the_future_is_not_believed() -> None:
    kept(-24, drifted("mac-01"))
    kept(30, drifted("mac-01"))
    assert seen() == {"mac-01": name(30)}, "else a clock that once ran ahead would keep the Mac fresh for a day"
    assert seen(hours=-24) == {"mac-01": name(-24)}


def test_a_clock_a_little_off_is() -> None:
    kept(-0.05, drifted("mac-01"))
    assert seen() == {"mac-01": name(-0.05)}
