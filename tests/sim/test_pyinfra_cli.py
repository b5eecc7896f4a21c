"""pyinfra's own command line over a lab: a bare Mac in one run, a refusing one, and a machine that is no Mac."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import fleet, guest

pytestmark = pytest.mark.sim
PYINFRA = str(Path(sys.executable).with_name("pyinfra"))
BARE, REFUSING, HANGING = "mac-01", "mac-02", "mac-03"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=3, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        running.mac(REFUSING).break_("macos-13")
        yield running


def pyinfra(*arguments: str, lab: Path | None = None, **more: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, **more} | ({"CARBON_LAB": str(lab)} if lab else {})
    ran = subprocess.run([PYINFRA, *arguments], capture_output=True, text=True, env=env, timeout=300)
    assert "Traceback" not in ran.stdout + ran.stderr, ran.stderr[-3000:]
    return ran


def test_a_bare_mac_in_one_run_and_no_changes_in_a_second(lab: SimulatedLab) -> None:
    first = pyinfra("inventories/lab.py", "deploy.py", "-y", "--limit", BARE, lab=lab.file)
    assert first.returncode == 0, first.stderr[-3000:]
    second = pyinfra("inventories/lab.py", "deploy.py", "--dry", "--json", "--limit", BARE, lab=lab.file)
    plan = json.loads(second.stdout)["plan"]
    assert len(plan) >= 7
    assert [operation["name"] for operation in plan if operation["hosts_with_change"]] == []
    assert fleet("drift", str(lab.file), "--limit", BARE, expect=0)["macs"][0]["changes"] == []


def test_only_what_was_chosen_would_change(lab: SimulatedLab) -> None:
    look = ["inventories/lab.py", "deploy.py", "--dry", "--json", "--limit", HANGING, "--data"]
    plan = json.loads(pyinfra(*look, "only=homebrew", lab=lab.file).stdout)["plan"]
    changed = [operation["name"] for operation in plan if operation["hosts_with_change"]]
    assert changed == ["homebrew is as the lab file says"]
    wrong = pyinfra(*look, "skip=brew", lab=lab.file)
    assert "--skip brew: no resource is called so" in wrong.stdout + wrong.stderr


def test_a_refusing_mac_does_not_stop_another(lab: SimulatedLab) -> None:
    ran = pyinfra("inventories/lab.py", "deploy.py", "-y", "--limit", BARE, "--limit", REFUSING, lab=lab.file)
    assert ran.returncode != 0
    assert "macOS 13.7.8" in ran.stderr + ran.stdout
    assert fleet("drift", str(lab.file), "--limit", BARE, expect=0)["macs"][0]["outcome"] == "converged"
    assert not (lab.mac(REFUSING).root / "opt/homebrew/Cellar/podman").exists()


def test_the_labs_groups_are_pyinfras_whatever_they_are_called(lab: SimulatedLab, tmp_path: Path) -> None:
    document = yaml.safe_load(lab.file.read_text())
    document["groups"] = {name: {} for name in ("macs", "canary", "os")}
    document["macs"][BARE]["groups"] = ["macs", "canary"]
    document["macs"][HANGING]["groups"] = ["os"]
    file = tmp_path / "groups.yml"
    file.write_text(yaml.safe_dump(document))
    said = pyinfra("inventories/lab.py", "debug-inventory", lab=file)
    found = re.findall(r"\[(mac-\d+)\] \n--> Groups: (.*)", said.stdout + said.stderr)
    groups = {name: set(line.split(", ")) & {"macs", "canary", "os"} for name, line in found}
    assert groups == {BARE: {"macs", "canary"}, REFUSING: set(), HANGING: {"os"}}


def test_a_probe_that_hangs_is_said_in_words(lab: SimulatedLab) -> None:
    fleet("apply", str(lab.file), "--limit", HANGING, expect=0)
    lab.mac(HANGING).break_("machine-inspect-hangs")
    ran = pyinfra("inventories/lab.py", "deploy.py", "-y", "--limit", BARE, "--limit", HANGING, lab=lab.file)
    lab.mac(HANGING).mend()
    assert "machine inspect" in ran.stderr + ran.stdout
    assert fleet("drift", str(lab.file), "--limit", BARE, expect=0)["macs"][0]["changes"] == []


def test_this_machine_is_no_mac_and_is_told_what_to_do() -> None:
    ran = pyinfra("@local", "deploy.py", "--dry")
    said = ran.stdout + ran.stderr
    assert "make demo" in said
    assert "this machine runs Linux, not macOS" in said
    again = pyinfra("@local", "deploy.py", "-y")
    assert again.returncode != 0
    assert "make demo" in again.stdout + again.stderr


@pytest.mark.parametrize(
    ("lab", "said"), [(None, "which lab?"), ("/nowhere/lab.yml", "no such file"), ("wrong", "wrong.yml:2:1")]
)
def test_a_lab_that_cannot_be_read_ends_in_words(lab: str | None, said: str, tmp_path: Path) -> None:
    file = Path(lab) if lab else None
    if lab == "wrong":
        file = tmp_path / "wrong.yml"
        file.write_text("lab: x\nmaccs: {}\n")
    ran = pyinfra("inventories/lab.py", "deploy.py", "--dry", lab=file)
    assert ran.returncode != 0
    assert said in ran.stdout + ran.stderr


def test_an_image_that_another_mac_builds_is_named_and_left_to_apply(lab: SimulatedLab, tmp_path: Path) -> None:
    """The builder is a modelled machine, or none yet: that it hands nothing out is said of it, here too."""
    document = yaml.safe_load(lab.file.read_text())
    document["macs"][BARE]["build_on"] = HANGING
    file = tmp_path / "build-on.yml"
    file.write_text(yaml.safe_dump(document))
    found = "podman images | awk '/vulkan-check/ { print $1 \":\" $2 }'"
    assert guest(lab, BARE, f"podman rmi -f $({found})").returncode == 0
    (mac,) = fleet("drift", str(file), "--limit", BARE, expect=2)["macs"]
    change = next(each for each in mac["changes"] if each["address"] == "image.vulkan-check")
    assert change["reason"] == f"vulkan-check has to be brought from {HANGING}, which builds it"
    ran = pyinfra("inventories/lab.py", "deploy.py", "-y", "--limit", BARE, lab=file)
    assert ran.returncode != 0
    assert "only `carbon-fleet apply LAB` brings it" in ran.stderr + ran.stdout
    (mac,) = fleet("apply", str(file), "--limit", BARE, expect=4)["macs"]
    assert [each["code"] for each in mac["failures"]] == ["BUILDER_FAILED"]
    assert mac["failures"][0]["what"].startswith(f"{HANGING}: ")
