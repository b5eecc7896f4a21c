"""Runs over several Macs in waves: who has a turn and when, what stops it, and how it is taken up again."""

import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.runs.journal import goes_on, read_journal
from carbon_fleet.runs.places import JOURNAL, REPORT, run_directory, runs_directory
from carbon_fleet.runs.replay import replay
from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import fleet

pytestmark = pytest.mark.sim
MACS = ("mac-01", "mac-02", "mac-03", "mac-04")
ONLY = ["--only=homebrew"]
"""No machine is made but where a test needs one: a run then takes a second."""
STARTED: list["subprocess.Popen[str]"] = []
SECONDS = 120
"""How long anything may take before a test gives up: nothing is asserted about time."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=len(MACS), vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        fleet("apply", str(running.file), *ONLY, expect=0)
        yield running


@pytest.fixture(autouse=True)
def mended(lab: SimulatedLab) -> Iterator[None]:
    yield
    while STARTED:
        STARTED.pop().kill()
    for mac in lab.macs:
        mac.mend()


@pytest.fixture
def wish(lab: SimulatedLab, tmp_path: Path) -> Callable[..., str]:
    """A lab file that wishes this formula and, after it, this cask; its path."""

    def write(formula: str, *casks: str) -> str:
        document = yaml.safe_load(lab.file.read_text())
        document["defaults"]["homebrew"] = {"formulae": {formula: {}}, "casks": list(casks)}
        path = tmp_path / "lab.yml"
        path.write_text(yaml.safe_dump(document, sort_keys=False))
        return str(path)

    return write


def ends(report: dict[str, Any]) -> dict[str, str]:
    return {mac["mac"]: mac["outcome"] for mac in report["macs"]}


def notes(report: dict[str, Any]) -> list[str]:
    return [note["code"] for note in report["notes"]]


def turns(run: str) -> list[tuple[str, str]]:
    events = read_journal(run_directory(run) / JOURNAL)
    return [(event["event"], event["mac"]) for event in events if event["event"] in ("mac-began", "mac-ended")]


def agrees(report: dict[str, Any]) -> None:
    """The journal alone tells how each Mac ended and which commands it was given."""
    told = replay(read_journal(run_directory(report["run"]) / JOURNAL))
    assert {name: (mac.outcome, mac.changes, mac.commands) for name, mac in told.macs.items()} == {
        mac["mac"]: (
            mac["outcome"],
            [change["address"] for change in mac["changes"]],
            [(result["address"], result["command"], result["status"]) for result in mac["results"]],
        )
        for mac in report["macs"]
    }
    assert told.ended


def test_in_series_one_begins_when_the_one_before_has_ended(lab: SimulatedLab, wish: Callable[..., str]) -> None:
    report = fleet("apply", wish("tree"), "--serial=1", *ONLY, expect=0)
    assert ends(report) == dict.fromkeys(MACS, "changed")
    assert turns(report["run"]) == [(event, mac) for mac in MACS for event in ("mac-began", "mac-ended")]
    assert (report["options"]["serial"], report["notes"]) == ("1", [])
    agrees(report)


def test_too_many_failures_end_the_rollout_and_resume_does_the_rest_only(
    lab: SimulatedLab, wish: Callable[..., str]
) -> None:
    lab.mac("mac-02").break_("brew-fails-once")
    file = wish("wget")
    report = fleet("apply", file, "--serial=1", "--max-failures=0", *ONLY, expect=4)
    assert ends(report) == dict(zip(MACS, ("changed", "failed", "not reached", "not reached"), strict=True))
    assert notes(report) == ["TOO_MANY_FAILED"]
    assert [mac["execs"] for mac in report["macs"]][2:] == [0, 0]
    agrees(report)
    again = fleet("resume", report["run"], "--yes", expect=0)
    assert ends(again) == dict.fromkeys(MACS[1:], "changed")
    assert again["options"]["max_failures"] == "0"
    nothing = run("resume", "--yes")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert f"nothing to resume: all 3 Macs of {again['run']} came to a good end" in nothing.stderr


def test_a_canary_that_fails_keeps_the_others_as_they_are(lab: SimulatedLab, wish: Callable[..., str]) -> None:
    lab.mac("mac-03").break_("brew-fails-once")
    report = fleet("apply", wish("htop"), "--canary=mac-03", *ONLY, expect=4)
    assert ends(report) == dict(zip(MACS, ("not reached", "not reached", "failed", "not reached"), strict=True))
    assert notes(report) == ["CANARY_FAILED"]
    assert "mac-03 (failed)" in report["notes"][0]["what"]


def test_canaries_must_pass_verify_before_the_others_have_their_turn(
    lab: SimulatedLab, wish: Callable[..., str]
) -> None:
    """mac-01 has no machine yet: its apply, of one formula only, ends well, and its verify does not."""
    file = wish("age")
    report = fleet("apply", file, "--canary=by-class", *ONLY, expect=100)
    assert ends(report) == {"mac-01": "verify failed", **dict.fromkeys(MACS[1:], "not reached")}
    assert report["macs"][0]["tests"]["failed"]
    agrees(report)
    fleet("apply", file, "--limit=mac-01", expect=0)
    again = fleet("resume", report["run"], "--yes", expect=0)
    assert ends(again) == {"mac-01": "converged", **dict.fromkeys(MACS[1:], "changed")}
    assert again["macs"][0]["kind"].startswith("Apple M")
    assert turns(again["run"])[:2] == [("mac-began", "mac-01"), ("mac-ended", "mac-01")]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "carbon_fleet", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


class Held:
    """An apply that is held in its first change of mac-01, as long as that Mac's brew waits."""

    def __init__(self, lab: SimulatedLab, file: str, *options: str) -> None:
        self._mac = lab.mac("mac-01")
        self._mac.break_("brew-waits")
        before = set(runs())
        command = [sys.executable, "-m", "carbon_fleet", "apply", file, "--yes", "--json", "--quiet", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        STARTED.append(self.process)
        until(lambda: bool(set(runs()) - before) or self.process.poll() is not None)
        assert self.process.poll() is None, self.process.communicate()
        (self.run,) = set(runs()) - before
        self.journal = run_directory(self.run) / JOURNAL
        until(lambda: any(event["event"] == "change" for event in read_journal(self.journal)))

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def heard(self, word: str) -> None:
        """Read standard error up to the line with this word."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if word in line:
                return
        raise AssertionError(f"nothing about {word!r}")

    def let_go(self) -> None:
        self._mac.mend()

    def end(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out


def runs() -> list[str]:
    """The runs that have a journal with something in it."""
    return [path.parent.name for path in runs_directory().glob(f"*/{JOURNAL}") if path.stat().st_size]


def until(there: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not there():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_first_ctrl_c_ends_each_mac_after_the_change_it_is_in(lab: SimulatedLab, wish: Callable[..., str]) -> None:
    file = wish("jq", "rectangle")
    held = Held(lab, file, "--serial=1", "--limit=mac-01,mac-02", *ONLY)
    held.send(signal.SIGINT)
    held.heard("stopping: each Mac ends after the change it is in (mac-01 homebrew.formula.")
    held.let_go()
    code, out = held.end()
    report = json.loads(out)
    assert (code, report["exit_code"], report["interrupted"]) == (130, 130, True)
    assert ends(report) == {"mac-01": "stopped", "mac-02": "not reached"}
    assert notes(report) == ["INTERRUPTED"]
    (change,) = report["macs"][0]["changes"]
    assert [result["status"] for result in report["macs"][0]["results"]] == [0]
    agrees(report)
    assert "is not locked" in run("unlock", file, "mac-01").stdout
    again = fleet("resume", "--yes", expect=0)
    assert ends(again) == {"mac-01": "changed", "mac-02": "changed"}
    assert change["address"] not in [later["address"] for later in again["macs"][0]["changes"]]


def test_the_second_ctrl_c_ends_the_run_at_once_and_what_is_known_is_kept(
    lab: SimulatedLab, wish: Callable[..., str]
) -> None:
    file = wish("git")
    held = Held(lab, file, "--serial=1", "--limit=mac-01,mac-02", *ONLY)
    held.send(signal.SIGTERM)
    held.heard("stopping:")
    held.send(signal.SIGINT)
    assert held.end() == (130, "")
    report = json.loads((run_directory(held.run) / REPORT).read_text())
    assert (ends(report), report["interrupted"]) == ({"mac-01": "stopped", "mac-02": "not reached"}, True)
    assert [failure["code"] for failure in report["macs"][0]["failures"]] == ["CUT_OFF"]
    held.let_go()
    again = ends(fleet("resume", held.run, "--yes", expect=0))
    assert again["mac-02"] == "changed"
    assert again["mac-01"] in ("changed", "converged"), "brew may have come to its end before it was ended"


def test_a_run_that_was_killed_is_resumed_by_its_journal_alone(lab: SimulatedLab, wish: Callable[..., str]) -> None:
    file = wish("restic")
    held = Held(lab, file, "--serial=1", "--limit=mac-01,mac-02", *ONLY)
    assert goes_on(held.journal)
    refused = run("resume", held.run, "--yes")
    assert (refused.returncode, "still goes on" in refused.stderr) == (3, True)
    held.send(signal.SIGKILL)
    held.process.wait(SECONDS)
    held.let_go()
    assert not (run_directory(held.run) / REPORT).exists()
    shutil.move(file, f"{file}.away")
    gone = run("resume", held.run, "--yes")
    assert (gone.returncode, "is gone" in gone.stderr) == (3, True)
    shutil.move(f"{file}.away", file)
    again = fleet("resume", held.run, "--yes", "--quiet", expect=0)
    assert set(ends(again)) == {"mac-01", "mac-02"}
    assert set(ends(again).values()) <= {"changed", "converged"}
