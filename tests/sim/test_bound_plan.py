"""A plan runs as it was looked at or not at all: whatever moves after `plan` is refused, and nothing is run."""

import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import MORE, attributes, commands, fleet, guest, lab_file

pytestmark = [pytest.mark.sim]
PODMAN = "/opt/homebrew/bin/podman"
BREW = "/opt/homebrew/bin/brew"
PMSET = "sudo -n /usr/bin/pmset"
DROP_IN = ".config/containers/containers.conf.d/50-carbon-fleet.conf"
MOTD = "/etc/motd.d/carbon.conf"
NEVER = "(?!)"
SECONDS = 120
"""How long a question may take to come: it is asked within two, of a machine with time."""


@dataclass
class Place:
    """A converged Mac, its lab file, where plans are kept, and one that is still for this Mac."""

    lab: SimulatedLab
    file: Path
    folder: Path
    fresh: str = ""

    def plan(self, *more: str, expect: int = 2) -> str:
        """A new plan file."""
        path = self.folder / "x.plan"
        fleet("plan", str(self.file), "-o", str(path), *more, expect=expect)
        return str(path)

    def mac(self, command: str) -> None:
        """As a person in Terminal."""
        self.fresh = ""
        ran = self.lab.mac("mac-01").ssh(f'export TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)"; {command}')
        assert ran.returncode == 0, ran

    def drop_in(self) -> str:
        """The text that the plans of these tests would put right."""
        return (self.lab.mac("mac-01").home / DROP_IN).read_text()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """From a bare Mac, by a plan of it: all that was planned was run, in its order, and nothing else."""
    folder = tmp_path_factory.mktemp("plans")
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as lab:
        made = Place(lab, Path(lab_file(lab, **MORE)), folder)
        file = made.plan()
        planned = json.loads(Path(file).read_text())["macs"]["mac-01"]["changes"]
        (mac,) = fleet("apply", file, expect=0)["macs"]
        assert mac["outcome"] == "changed"
        assert [change["address"] for change in mac["changes"]] == [change["address"] for change in planned]
        assert len(planned) > 10
        yield made


@pytest.fixture
def moved(place: Place) -> str:
    """A plan with a change, of a drop-in that somebody edited."""
    if not place.fresh:
        place.mac(f"echo '# mine' >>{DROP_IN}")
        place.fresh = place.plan()
    return place.fresh


def test_looks_some_time_and_some_processes_apart_make_one_plan(place: Place) -> None:
    first = fleet("plan", str(place.file), expect=0)
    place.mac("(sleep 30 >/dev/null 2>&1 &); : >/tmp/some-file")
    assert guest(place.lab, "mac-01", "sleep 2").returncode == 0
    again = fleet("plan", str(place.file), expect=0)
    assert first["options"]["plan"] == again["options"]["plan"]
    assert [mac["sections"] for mac in first["macs"]] == [mac["sections"] for mac in again["macs"]]


def test_a_plan_is_run_once_and_is_private(place: Place, moved: str) -> None:
    assert Path(moved).stat().st_mode & 0o777 == 0o600
    report, place.fresh = fleet("apply", moved, expect=0), ""
    assert attributes(report) == {("provider.drop-in", "content")}
    assert report["options"]["plan"] == json.loads(Path(moved).read_text())["digest"]
    (mac,) = fleet("apply", moved, expect=3)["macs"]
    assert [failure["code"] for failure in mac["failures"]] == ["PLAN_STALE"]


def _edit_lab(place: Place) -> Callable[[], object]:
    text = place.file.read_text()
    document = yaml.safe_load(text)
    document["defaults"]["power"]["sleep"] = "1h"
    place.file.write_text(yaml.safe_dump(document, sort_keys=False))
    return lambda: place.file.write_text(text)


def _add_lock(place: Place) -> Callable[[], object]:
    lock = place.file.with_suffix(".lock.yml")
    lock.write_text(f"format_version: 1\nlab: {yaml.safe_load(place.file.read_text())['lab']}\n")
    return lock.unlink


def _on_mac(command: str) -> Callable[[Place], Callable[[], object]]:
    def move(place: Place) -> Callable[[], object]:
        place.mac(command)
        return lambda: None

    return move


def _in_guest(place: Place) -> Callable[[], object]:
    place.fresh = ""
    assert guest(place.lab, "mac-01", f"echo x >>{MOTD}").returncode == 0
    return lambda: None


@dataclass(frozen=True)
class Move:
    """Something that moved after `plan`: how, and what must be said of it."""

    name: str
    do: Callable[[Place], Callable[[], object]]
    address: str
    says: str


# The last one first would hide the others: what stands in a stopped machine is not seen.
MOVES = [
    Move("lab file", _edit_lab, "lab", "the lab file says something else of mac-01 than when the plan was made: power"),
    Move("lock file", _add_lock, "lock", "the lab's lock file is new since the plan was made"),
    Move("guest file", _in_guest, "guest", f"file {MOTD}"),
    Move("formula", _on_mac(f"{BREW} uninstall --ignore-dependencies krunkit"), "homebrew", "krunkit (version)"),
    Move("machine", _on_mac(f"{PODMAN} machine stop carbon"), "machine", "the virtual machine ran when the plan was"),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name.replace(" ", "-"))
def test_what_moved_after_the_plan_is_named_and_nothing_is_run(place: Place, moved: str, move: Move) -> None:
    before = place.drop_in()
    undo = move.do(place)
    try:
        report = fleet("apply", moved, expect=3)
    finally:
        undo()
    (mac,) = report["macs"]
    assert {failure["code"] for failure in mac["failures"]} == {"PLAN_STALE"}
    said = [(failure["address"], failure["what"]) for failure in mac["failures"]]
    assert [what for address, what in said if address == move.address and move.says in what], said
    assert f"carbon-fleet plan {place.file} -o {moved}" in mac["failures"][0]["remedy"]
    assert (mac["outcome"], commands(report), mac["changes"]) == ("refused", [], [])
    assert place.drop_in().startswith(before)


def test_what_shows_only_later_is_listed_and_left(place: Place) -> None:
    """What was changed in a machine that is stopped can only be seen once it runs."""
    fleet("apply", str(place.file), expect=0)  # whatever moved before
    assert guest(place.lab, "mac-01", f"echo x >>{MOTD}").returncode == 0
    place.mac(f"{PODMAN} machine stop carbon")
    path = place.plan()
    later = json.loads(Path(path).read_text())["macs"]["mac-01"]["later"]
    assert {"guest", "image", "stack"} <= set(later)
    report = fleet("apply", path, expect=2)
    (mac,) = report["macs"]
    assert ("machine.carbon", "state") in attributes(report)
    assert "guest.file./etc/motd.d/carbon.conf" in {left["address"] for left in mac["left"]}
    (note,) = [note for note in mac["notices"] if note["code"] == "NOT_IN_PLAN"]
    assert "guest.file./etc/motd.d/carbon.conf" in note["what"]
    fleet("apply", place.plan(), expect=0)


def test_a_killed_run_of_a_plan_makes_it_stale_and_a_new_one_goes_on(place: Place) -> None:
    place.mac(f"echo '# mine' >>{DROP_IN} && {PMSET} -c sleep 7")
    path = place.plan()
    killed = [sys.executable, "-m", "tests.sim.killed_apply", path, "mac-01", "1", "after"]
    assert subprocess.run(killed, capture_output=True, timeout=300).returncode == -9
    assert commands(fleet("apply", path, expect=3)) == []
    fleet("apply", place.plan(), expect=0)


def test_a_run_is_about_what_was_chosen(place: Place) -> None:
    place.mac(f"echo '# mine' >>{DROP_IN} && {PMSET} -c sleep 7")
    file = str(place.file)
    only = fleet("apply", file, "--only", "power", expect=0)
    assert attributes(only) == {("power.ac", "sleep")}
    assert [left["address"] for left in only["macs"][0]["left"]] == ["provider.drop-in"]
    assert fleet("drift", file, "--skip", "provider.*", expect=0)["macs"][0]["changes"] == []
    path = place.plan("--only", "*drop-in")
    place_report = fleet("apply", path, expect=0)
    assert attributes(place_report) == {("provider.drop-in", "content")}


def asked(file: Path, answer: str, between: Callable[[], object] = lambda: None) -> tuple[int, str, dict[str, Any]]:
    """`apply LAB` before a terminal, where a person answers: how it ended, what it said, its Report."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "carbon_fleet", "apply", str(file), "--json", "-q"]
    run = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True)
    os.close(theirs)
    said = _until(ours, r"\[y/N\] $|changed")
    between()
    os.write(ours, f"{answer}\n".encode())
    out, _ = run.communicate(timeout=SECONDS)
    said += _until(ours, NEVER)
    os.close(ours)
    return run.returncode, said, json.loads(out) if out else {}


def _until(terminal: int, pattern: str) -> str:
    """What comes until it ends in this, or in nothing."""
    said, deadline = "", time.monotonic() + SECONDS
    while not re.search(pattern, said) and time.monotonic() < deadline:
        try:
            said += os.read(terminal, 4096).decode(errors="replace")
        except OSError:  # Linux: whoever wrote has ended
            break
    return said.replace("\r\n", "\n")


def test_a_person_is_shown_the_plan_and_asked(place: Place) -> None:
    place.mac(f"echo '# mine' >>{DROP_IN}")
    before = place.drop_in()
    code, said, _ = asked(place.file, "n")
    assert (code, place.drop_in()) == (3, before)
    assert "provider.drop-in" in said
    assert "Plan: 0 to create, 1 to change" in said
    assert "nothing was changed" in said
    code, said, report = asked(place.file, "y", lambda: place.mac(f"echo '# more' >>{DROP_IN}"))
    assert (code, [failure["code"] for failure in report["macs"][0]["failures"]]) == (3, ["PLAN_STALE"])
    code, said, report = asked(place.file, "y")
    assert (code, report["macs"][0]["outcome"]) == (0, "changed")


def test_of_a_converged_lab_nobody_is_asked(place: Place) -> None:
    code, said, report = asked(place.file, "")
    assert (code, "y/N" in said) == (0, False)
    assert (report["macs"][0]["outcome"], report["macs"][0]["execs"]) == ("converged", 1)
