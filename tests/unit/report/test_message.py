"""What people are told, and when it is news."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from carbon_fleet.report.document import MacReport, Outcome
from carbon_fleet.report.message import MOST_MACS, message
from carbon_fleet.runs.told import Told, remember, told, why_not
from tests.unit.runs.kept_runs import NOON, drifted, run, unreachable

AGAIN, PAUSE = timedelta(hours=24), timedelta(minutes=10)


def test_a_message_names_the_macs_and_why() -> None:
    seven = drifted("mac-02", *"abcdefg")
    one = message(run(0, drifted("mac-01"), seven, unreachable("mac-03\x1b")))
    assert one.title == "brisbane: drift: 1 converged, 1 drifted, 1 unreachable"
    assert one.body.splitlines() == [
        "mac-02: drifted: a, b, c, d, e, … 2 more",
        "mac-03\\x1b: unreachable: mac UNREACHABLE",
        "all of it: carbon-fleet report 20261121T120000Z-000000",
    ]
    assert one.bad


def test_many_macs_are_counted() -> None:
    one = message(run(0, *(unreachable(f"mac-{number}") for number in range(MOST_MACS + 3))))
    assert one.body.splitlines()[-2] == "… and 3 more Macs"


def test_drift_alone_is_nothing_to_tell_where_only_failures_are() -> None:
    assert not message(run(0, drifted("mac-01", "power")), drift=False).bad
    assert message(run(0, unreachable("mac-01")), drift=False).bad
    assert not message(run(0, drifted("mac-01"))).bad
    assert not message(run(0, MacReport("m", Outcome.WAIVED))).bad


def test_the_state_is_what_is_wrong_and_not_when_or_how_long() -> None:
    one = message(run(5, drifted("mac-01", "power"), drifted("mac-02"))).state
    slower = replace(drifted("mac-01", "power"), seconds=9.0)
    assert message(run(1, drifted("mac-02"), slower)).state == one
    assert message(run(1, drifted("mac-01", "guest"))).state != one


def last(minutes: float, state: str = "a", bad: bool = True) -> Told:
    return Told(state, bad, (NOON - timedelta(minutes=minutes)).isoformat())


@pytest.mark.parametrize(
    ("before", "state", "bad", "reason"),
    [
        (None, "a", True, None),
        (None, "a", False, "nothing to tell"),
        (last(60), "a", True, "the same was told 1 h 0 min ago, and is told again after 24 h 0 min"),
        (last(60), "b", True, None),
        (last(5), "b", True, "told 5 min ago, and not more often than every 10 min"),
        (last(60), "", False, None),
        (last(60, bad=False), "", False, "nothing to tell"),
        (last(60, bad=False), "a", True, None),
        (last(60 * 25), "a", True, None),
        (last(-600), "a", True, None),
        (Told("a", True, "never"), "a", True, None),
        (Told("a", True, "2026-11-21T11:55:00"), "a", True, "told 5 min ago, and not more often than every 10 min"),
    ],
)
def test_what_is_sent_and_what_is_not(before: Told | None, state: str, bad: bool, reason: str | None) -> None:
    assert why_not(before, state, bad, NOON, AGAIN, PAUSE) == reason


def test_what_was_told_is_kept_by_lab_and_verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBON_STATE", str(tmp_path))
    assert told() == {}
    remember("brisbane drift", last(5))
    remember("perth drift", last(6))
    assert told() == {"brisbane drift": last(5), "perth drift": last(6)}
    (tmp_path / "notify.json").write_text("[1]")
    assert told() == {}
