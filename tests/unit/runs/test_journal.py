"""The journal: what it tells of a run is what the Report tells, it ends where a crash ended it, and stops no work."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from carbon_fleet.report.document import Failure, MacReport, Outcome, Planned, Report, Result
from carbon_fleet.runs import scribe
from carbon_fleet.runs.identity import new_run
from carbon_fleet.runs.journal import Journal, goes_on, read_journal
from carbon_fleet.runs.ledger import Ledger
from carbon_fleet.runs.replay import LEFT, Replayed, replay
from carbon_fleet.runs.scribe import Scribe
from carbon_fleet.runs.witness import Witness, Witnesses

NAMES = ("mac-01", "mac-02", "mac-03")
words = some.text(max_size=20)
changes = some.builds(lambda address, reason: Planned(address, "update", [], reason, [], []), words, words)
results = some.builds(Result, words, words, some.integers(0, 255), some.just(0.5), some.just(()))
failures = some.builds(Failure, words, some.just("CODE"), words, words, words)
reports = some.builds(
    MacReport,
    some.sampled_from(NAMES),
    some.sampled_from(list(Outcome)),
    changes=some.lists(changes, max_size=3),
    results=some.lists(results, max_size=3),
    failures=some.lists(failures, max_size=2),
)


def report_of(macs: Sequence[MacReport] = ()) -> Report:
    options = {"file": "/labs/lab.yml", "only": ["stack"]}
    return Report("apply", "lab", "lab.yml", "", run=new_run(), macs=list(macs), options=options)


def tell(witness: Witness, mac: MacReport) -> None:
    """What a fleet tells of one Mac."""
    if mac.outcome is not Outcome.NOT_REACHED:
        witness.began(mac.mac)
        for change in mac.changes:
            witness.change(mac.mac, change)
        for result in mac.results:
            witness.command(mac.mac, result)
    witness.ended(mac)


def told(path: Path) -> Replayed:
    return replay(read_journal(path))


def events(path: Path) -> list[Any]:
    return list(read_journal(path))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the journals of these tests are written."""
    monkeypatch.setattr(scribe, "run_directory", lambda run: tmp_path / run)
    return tmp_path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(reports, unique_by=lambda mac: mac.mac))
def test_what_the_journal_tells_is_what_the_report_tells(place: Path, macs: list[MacReport]) -> None:
    macs = [replace(mac, changes=[], results=[]) if mac.outcome is Outcome.NOT_REACHED else mac for mac in macs]
    report, ledger = report_of(macs), Ledger([mac.mac for mac in macs])
    one = Scribe(report, [mac.mac for mac in macs], lambda text: pytest.fail(text))
    for mac in macs:
        tell(Witnesses([one, ledger]), mac)
    one.end(report)
    run = told(place / report.run / "journal.jsonl")
    assert (run.run, run.verb, run.lab, run.options, run.ended) == (report.run, "apply", "lab", report.options, True)
    assert run.file == str(Path("lab.yml").absolute())
    assert {name: (mac.outcome, mac.changes, mac.commands) for name, mac in run.macs.items()} == {
        mac.mac: (
            mac.outcome,
            [c.address for c in mac.changes],
            [(r.address, r.command, r.status) for r in mac.results],
        )
        for mac in macs
    }
    assert run.left == [mac.mac for mac in macs if mac.outcome in LEFT]
    assert ledger.macs == macs


@given(cut=some.integers(0, 2000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_cut_off_anywhere_it_tells_what_came_before(place: Path, cut: int) -> None:
    report = report_of()
    one = Scribe(report, NAMES, lambda text: pytest.fail(text))
    tell(one, MacReport("mac-01", Outcome.CHANGED))
    one.began("mac-02")
    path = place / report.run / "journal.jsonl"
    whole = path.read_bytes()
    assert told(path).left == ["mac-02", "mac-03"]
    path.write_bytes(whole[:cut])
    if cut <= whole.index(b"\n") - 1:
        with pytest.raises(ValueError, match="no run writes"):
            told(path)
    else:
        assert "mac-03" in told(path).left


def test_it_is_on_the_disk_line_by_line_and_only_its_owners(place: Path) -> None:
    report = report_of()
    one = Scribe(report, NAMES, lambda text: pytest.fail(text))
    path = place / report.run / "journal.jsonl"
    assert [event["event"] for event in events(path)] == ["run-began"]
    one.began("mac-01")
    assert [event["event"] for event in events(path)] == ["run-began", "mac-began"]
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_as_long_as_its_writer_lives_it_says_so(place: Path) -> None:
    report = report_of()
    one = Scribe(report, NAMES, lambda text: pytest.fail(text))
    path = place / report.run / "journal.jsonl"
    assert goes_on(path)
    one.end(report)
    assert not goes_on(path)


def test_a_canary_ends_anew_once_verify_has_looked(place: Path) -> None:
    report = report_of()
    one = Scribe(report, NAMES, lambda text: pytest.fail(text))
    one.ended(MacReport("mac-01", Outcome.CHANGED))
    one.ended(MacReport("mac-01", Outcome.VERIFY_FAILED))
    assert told(place / report.run / "journal.jsonl").macs["mac-01"].outcome is Outcome.VERIFY_FAILED


def test_a_full_disk_is_told_of_once_and_stops_nothing(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    said: list[str] = []
    report = report_of()
    (place / report.run).mkdir()
    (place / report.run / "journal.jsonl").symlink_to("/dev/full")
    one = Scribe(report, NAMES, said.append)
    for name in NAMES:
        tell(one, MacReport(name, Outcome.CHANGED))
    one.end(report)
    (line,) = said
    assert "No space left on device" in line
    assert "the work goes on, but `carbon-fleet resume` will not know of it" in line


def test_a_part_of_a_line_is_written_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    real = os.write
    journal = Journal(tmp_path / "journal.jsonl")
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[:7]))
    journal.write("run-began", words="a longer line than seven")
    monkeypatch.undo()
    assert json.loads((tmp_path / "journal.jsonl").read_text())["words"] == "a longer line than seven"


@pytest.mark.parametrize(
    "text",
    ["", "[]\n", '{"event": "run-began"}\n', '{"event": "run-began", "run": "r", "verb": "apply"}\n', "garbage\n"],
)
def test_what_no_run_wrote_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "journal.jsonl").write_text(text)
    with pytest.raises(ValueError, match="the journal says something that no run writes"):
        told(tmp_path / "journal.jsonl")


def test_a_run_that_is_cut_off_still_tells_what_it_was_in() -> None:
    ledger = Ledger(NAMES)
    tell(ledger, MacReport("mac-01", Outcome.CONVERGED))
    ledger.began("mac-02")
    ledger.change("mac-02", Planned("machine.carbon", "create", [], "", [], []))
    macs = {mac.mac: mac for mac in ledger.cut_off()}
    assert {name: mac.outcome for name, mac in macs.items()} == {
        "mac-01": Outcome.CONVERGED,
        "mac-02": Outcome.STOPPED,
        "mac-03": Outcome.NOT_REACHED,
    }
    (failure,) = macs["mac-02"].failures
    assert (failure.address, failure.code) == ("machine.carbon", "CUT_OFF")
