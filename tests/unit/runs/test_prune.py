"""Old runs are forgotten: by number, by age, whole, and never the last one or one that may go on."""

from pathlib import Path

import pytest

from carbon_fleet.runs.index import INDEX, Entry, entries
from carbon_fleet.runs.places import run_directory
from carbon_fleet.runs.prune import Bounds, beyond, forget
from tests.unit.runs.kept_runs import NOON, kept, name

HOURS = (100, 60, 30, 10, 1)
RUNS = [Entry(name(hours), "drift", "l", "", exit_code=0) for hours in HOURS]


@pytest.mark.parametrize(
    ("bounds", "gone"),
    [
        (Bounds(), []),
        (Bounds(runs=3), [100, 60]),
        (Bounds(runs=9), []),
        (Bounds(runs=0), [100, 60, 30, 10]),
        (Bounds(days=2), [100, 60]),
        (Bounds(days=0), [100, 60, 30, 10]),
        (Bounds(runs=2, days=3), [100, 60, 30]),
    ],
)
def test_what_is_beyond_the_bounds(bounds: Bounds, gone: list[int]) -> None:
    assert [entry.run for entry in beyond(RUNS, bounds, NOON)] == [name(hours) for hours in gone]


def test_what_may_go_on_stays() -> None:
    runs = [Entry(name(hours), "apply", "l", "") for hours in HOURS]
    assert [entry.run for entry in beyond(runs, Bounds(runs=1), NOON)] == [name(100), name(60), name(30)]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARBON_STATE", str(tmp_path))
    return tmp_path / "runs"


def test_forgotten_is_gone_from_disk_and_index(state: Path) -> None:
    for hours in HOURS:
        kept(hours)
    (state / ".gone-of-an-interrupted-call").mkdir()
    forget(beyond(entries(), Bounds(runs=2), NOON))
    assert sorted(path.name for path in state.iterdir()) == sorted([name(10), name(1), INDEX])
    assert len((state / INDEX).read_text().splitlines()) == 2
    assert [entry.run for entry in entries()] == [name(10), name(1)]


def test_with_the_variable_set_each_run_forgets(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARBON_KEEP_RUNS", "2")
    monkeypatch.setenv("CARBON_KEEP_DAYS", "many")
    for hours in HOURS:
        kept(hours)
    assert [entry.run for entry in entries()] == [name(10), name(1)]
    assert not run_directory(name(30)).exists()
