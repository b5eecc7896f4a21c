"""One writer per Mac, on a simulated one: a second is refused or waits, the dead hold nobody up, pyinfra too."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import fleet

pytestmark = pytest.mark.sim
NAME = "mac-01"
HOLD = """
import sys, time
from carbon_fleet.engine import fleet
from carbon_fleet.engine.mac_lock import Holding
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import load_lab
from pathlib import Path

def work(session, report):
    session.hold()
    print("held", flush=True)
    sys.stdin.readline()

lab = load_lab(Path(sys.argv[1]), lab_sections())
holding = Holding("ann@desk", "apply", "run-1", id="0123456789abcdef")
fleet.run_fleet(lab, [lab.mac("mac-01")], work, parallel=1, done=lambda report: None, holding=holding)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def holder(lab: SimulatedLab) -> Iterator["subprocess.Popen[str]"]:
    """Another controller, that is connected and changes the Mac."""
    argv = [sys.executable, "-c", HOLD, str(lab.file)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def unlock(lab: SimulatedLab, *more: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "carbon_fleet", "unlock", str(lab.file), NAME, *more]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)


def test_a_second_writer_is_refused_with_the_first_ones_name(
    lab: SimulatedLab, holder: "subprocess.Popen[str]"
) -> None:
    (mac,) = fleet("apply", str(lab.file), expect=3)["macs"]
    (failure,) = mac["failures"]
    assert (failure["code"], mac["changes"], mac["results"]) == ("LOCK_HELD", [], [])
    assert "ann@desk" in failure["what"]
    assert f"carbon-fleet unlock LAB {NAME} --id 0123456789abcdef" in failure["remedy"]


def test_building_images_is_refused_too(lab: SimulatedLab, holder: "subprocess.Popen[str]") -> None:
    argv = [sys.executable, "-m", "carbon_fleet", "images", "build", str(lab.file), "--json"]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 3, ran.stderr
    assert json.loads(ran.stdout)["macs"][0]["failures"][0]["code"] == "LOCK_HELD"


def test_pyinfra_is_refused_too(lab: SimulatedLab, holder: "subprocess.Popen[str]") -> None:
    program = str(Path(sys.executable).with_name("pyinfra"))
    env = {**os.environ, "CARBON_LAB": str(lab.file)}
    argv = [program, "inventories/lab.py", "deploy.py", "-y"]
    ran = subprocess.run(argv, env=env, capture_output=True, text=True, check=False, timeout=300)
    assert ran.returncode != 0
    assert "ann@desk" in ran.stdout + ran.stderr
    assert not (lab.mac(NAME).root / "opt/homebrew/Cellar/podman").exists()


def test_looking_needs_no_lock(lab: SimulatedLab, holder: "subprocess.Popen[str]") -> None:
    assert fleet("drift", str(lab.file), expect=2)["macs"][0]["outcome"] == "drifted"


def test_unlock_names_the_holder_and_takes_only_the_right_lock_away(
    lab: SimulatedLab, holder: "subprocess.Popen[str]"
) -> None:
    shown = unlock(lab)
    assert (shown.returncode, shown.stdout.count("ann@desk")) == (0, 1)
    wrong = unlock(lab, "--id", "fedcba9876543210")
    assert (wrong.returncode, wrong.stdout) == (3, "")
    assert "LOCK_OTHER" in wrong.stderr
    right = unlock(lab, "--id", "0123456789abcdef")
    assert right.returncode == 0, right.stderr
    assert unlock(lab).stdout == f"{NAME} is not locked\n"


def test_a_killed_holder_holds_nobody_up(lab: SimulatedLab, holder: "subprocess.Popen[str]") -> None:
    holder.kill()
    holder.wait()
    (mac,) = fleet("apply", str(lab.file), expect=0)["macs"]
    assert mac["outcome"] == "changed"
    assert unlock(lab).stdout == f"{NAME} is not locked\n"


def test_a_mac_that_is_as_wished_is_never_locked(lab: SimulatedLab, holder: "subprocess.Popen[str]") -> None:
    (mac,) = fleet("apply", str(lab.file), expect=0)["macs"]
    assert (mac["outcome"], mac["execs"], mac["probes"]) == ("converged", 1, 1)


def test_who_waits_goes_on_when_the_first_is_done(lab: SimulatedLab, holder: "subprocess.Popen[str]") -> None:
    lab.mac(NAME).ssh("/opt/homebrew/bin/brew uninstall --force krunkit >/dev/null")
    argv = [sys.executable, "-m", "carbon_fleet", "apply", str(lab.file), "--lock-wait", "5m", "--json", "--yes"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as waiting:
        assert waiting.stderr is not None
        line = next(line for line in waiting.stderr if "waiting for ann@desk" in line)
        assert NAME in line
        assert holder.stdin is not None
        holder.stdin.write("\n")
        holder.stdin.flush()
        out, _ = waiting.communicate(timeout=300)
    assert waiting.returncode == 0
    assert json.loads(out)["macs"][0]["outcome"] == "changed"
