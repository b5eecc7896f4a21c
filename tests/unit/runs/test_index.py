"""The index of runs: healed from the folders, whatever happened to it, and whoever wrote at the same time."""

import json
import multiprocessing
from pathlib import Path

import pytest

from carbon_fleet.runs.index import INDEX, Entry, MacEntry, entries, note
from carbon_fleet.runs.journal import Journal
from carbon_fleet.runs.places import JOURNAL, REPORT, run_directory
from tests.unit.runs.kept_runs import kept, name, run, unreachable


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARBON_STATE", str(tmp_path))
    return tmp_path / "runs"


def names() -> list[str]:
    return [entry.run for entry in entries()]


def test_runs_are_listed_by_time_with_how_they_ended() -> None:
    kept(1)
    kept(2, unreachable("mac-03"), verb="apply")
    assert names() == [name(2), name(1)]
    older, newer = entries()
    assert (older.verb, older.exit_code, older.macs) == ("apply", 5, {"mac-03": MacEntry("unreachable", 0, 15.0)})
    assert (newer.exit_code, newer.macs["mac-02"]) == (2, MacEntry("drifted", 1, 0.5))


@pytest.mark.parametrize("damage", [None, b"", b"\x00\xff garbage\n", b'{"format":1}\n{"format":99}\n[]\n7\nnull\n'])
def test_an_index_that_is_gone_or_damaged_is_made_anew(state: Path, damage: bytes | None) -> None:
    kept(2)
    kept(1)
    whole = entries()
    path = state / INDEX
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:40] + damage)
    assert entries() == whole
    assert entries() == whole, "from the index again"
    assert len([line for line in path.read_text(errors="replace").splitlines() if name(1) in line]) >= 1


def test_nobody_opens_a_report_whose_line_is_there() -> None:
    kept(1)
    (run_directory(name(1)) / REPORT).write_text("nobody reads this")
    assert [entry.exit_code for entry in entries()] == [2]


def test_a_run_without_a_report_is_one_that_did_not_end() -> None:
    journal = Journal(run_directory(name(3)) / JOURNAL)
    journal.write("run-began", verb="apply", lab="brisbane")
    journal.close()
    run_directory(name(2)).mkdir()
    (run_directory(name(1))).mkdir()
    (run_directory(name(1)) / REPORT).write_text('{"format_version": 2, "macs": 7}')
    assert [(entry.verb, entry.lab, entry.ended) for entry in entries()] == [
        ("apply", "brisbane", False),
        ("?", "?", False),
        ("?", "?", False),
    ]
    kept(1)
    assert [entry.ended for entry in entries()] == [False, False, True], "now it has ended"


def test_a_run_whose_folder_is_gone_is_none(state: Path) -> None:
    kept(1)
    (run_directory(name(1))).rename(state / ".gone-x")
    assert entries() == []
    (state / "notes").mkdir()
    assert entries() == []


def write(tail: str) -> None:
    for number in range(50):
        note(Entry.of(run(number, tail=tail)))


def test_four_processes_write_at_once_and_no_line_is_broken(state: Path) -> None:
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=write, args=(f"{number:06x}",)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    lines = (state / INDEX).read_text().splitlines()
    assert len({json.loads(line)["run"] for line in lines}) == len(lines) == 200


def test_only_its_owner_reads_what_is_kept(state: Path) -> None:
    kept(1)
    found = [path for path in state.rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode & 0o777) for path in found} == {"0o600"}
    assert len(found) == 2
