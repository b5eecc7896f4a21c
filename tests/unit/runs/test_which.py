"""Which run is meant by words, on a Saturday at noon, ten hours east of Greenwich."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.runs.index import Entry
from carbon_fleet.runs.which import DAYS, NoSuchRun, moment_of, which
from tests.unit.runs.kept_runs import NOON, name

NOW = NOON.astimezone(timezone(timedelta(hours=10)))
"""22:00 there: a day there begins 22 hours before `NOON`."""
RUNS = [Entry(name(hours), "drift", "brisbane", "") for hours in (100, 50, 30, 10, 1)]
MEANT = {
    "latest": 1,
    "LATEST": 1,
    "latest~0": 1,
    "latest~3": 50,
    name(30): 30,
    name(50)[:11]: 50,
    "today": 30,
    "2026-11-21": 30,
    "yesterday": 50,
    "friday": 50,
    "Fri": 50,
    "thursday": 100,
    "2026-11-21T21:00": 10,
    "2026-11-21T11:00:00Z": 10,
    "2 days ago": 50,
    "1 day": 30,
    "3 hours ago": 10,
    "90 minutes ago": 10,
}


@pytest.mark.parametrize("word", MEANT)
def test_words_and_the_run_they_mean(word: str) -> None:
    assert which(word, RUNS, NOW).run == name(MEANT[word])


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("latest~9", "only 5 runs are kept of this kind"),
        ("2026-01-01", "no run of this kind began before 2026-01-01 00:00; the oldest is"),
        ("saturday", "no run of this kind began before 2026-11-14"),
        ("202611", "5 runs begin so"),
        ("99999999", "no run and no file is called so"),
        ("someday", "`latest`, `latest~2`, `2026-11-20`, `tuesday`"),
        ("2026-99-99", "no run and no file is called so"),
        ("", "no run and no file is called so"),
        ("0 fortnights ago", "no run and no file is called so"),
    ],
)
def test_words_that_mean_none_are_answered(word: str, says: str) -> None:
    with pytest.raises(NoSuchRun) as caught:
        which(word, RUNS, NOW)
    assert says in str(caught.value)


def test_without_runs_it_says_how_to_get_one() -> None:
    with pytest.raises(NoSuchRun, match="no run is kept here yet"):
        which("latest", [], NOW)


@given(st.datetimes(), st.sampled_from(DAYS))
def test_a_weekday_is_the_midnight_of_its_last_one_before_today(naive: datetime, day: str) -> None:
    now = naive.replace(year=2026, tzinfo=NOW.tzinfo) if naive.month != 2 else NOW
    moment = moment_of(day, now)
    assert moment is not None
    assert (DAYS[moment.weekday()], moment.hour) == (day, 0)
    assert timedelta(0) < now - moment < timedelta(days=8)
    assert moment.date() != now.date()


@given(st.text(max_size=30))
def test_no_words_are_too_strange(word: str) -> None:
    try:
        found = which(word, RUNS, NOW)
    except NoSuchRun:
        return
    assert found in RUNS
