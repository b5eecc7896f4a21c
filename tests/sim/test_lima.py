"""Macs that run by Lima and by Colima: looked at, verified and proven as any other; never changed.

limactl, colima and the engines are stand-ins (docs/simulation.md). That a model computed is never claimed: this lab
accepts what is modelled.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.matrix.trying import image_for
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.sim import lima
from carbon_fleet.sim.faults import inject
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from carbon_fleet.spec import load_lab
from tests.sim.runs import fleet
from tests.sim.test_adopt import adopt

pytestmark = [pytest.mark.sim, pytest.mark.timeout(300)]
FOLDER = {"mac-01": ".lima/default", "mac-02": ".colima/_lima/colima-ai"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=2, vm="modelled", state=tmp_path_factory.mktemp("lima")) as running:
        lima.add_lima(running.mac("mac-01"))
        lima.add_lima(running.mac("mac-01"), "other", kind="vz")
        lima.add_colima(running.mac("mac-02"), "ai")
        yield running


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> str:
    document = yaml.safe_load(lab.file.read_text())
    document["defaults"] |= {"stacks": [], "images": {"vulkan-check": {}}}
    document["macs"]["mac-01"] |= {"runtime": "lima"}
    document["macs"]["mac-02"] |= {"runtime": "colima", "lima": {"instance": "ai"}}
    path = Path(lab.file).with_name("lima.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    for name, folder in FOLDER.items():
        recipe = image_for(load_lab(path, lab_sections()).mac(name))
        assert recipe is not None
        lima.alter(lab.mac(name), folder, images={recipe.tag: recipe.digest})
    return str(path)


@pytest.fixture
def mac(lab: SimulatedLab) -> Iterator[SimulatedMac]:
    """The first, and as it was afterwards."""
    found = lab.mac("mac-01")
    before = lima.known(found, FOLDER["mac-01"])
    yield found
    found.mend()
    lima.alter(found, FOLDER["mac-01"], **before)


def calls(mac: SimulatedMac) -> list[list[str]]:
    path = mac.shared / "calls.jsonl"
    return [json.loads(line)["argv"] for line in path.read_text().splitlines()] if path.exists() else []


def changing(mac: SimulatedMac) -> list[list[str]]:
    """What of limactl and colima was called that is no look."""
    called = (argv for argv in calls(mac) if argv[0].rpartition("/")[2] in ("limactl", "colima"))
    return [argv for argv in called if not {"list", "shell", "ssh"} & set(argv)]


def codes(report: dict[str, Any]) -> list[list[str]]:
    return [[failure["code"] for failure in mac["failures"]] for mac in report["macs"]]


def _one_look(lab: SimulatedLab, file: str) -> None:
    """One look is one listing, and no start of Homebrew or podman."""
    before = {mac.name: len(calls(mac)) for mac in lab.macs}
    fleet("drift", file, expect=0)
    for mac, program in zip(lab.macs, ("limactl", "colima"), strict=True):
        asked = calls(mac)[before[mac.name] :]
        listings = [argv for argv in asked if argv[0].endswith(f"/{program}") and "list" in argv]
        assert len(listings) == 1
        assert not [argv for argv in asked if argv[0].endswith(("/brew", "/podman"))]


def test_nothing_is_to_be_done_and_a_second_run_is_as_empty(lab: SimulatedLab, file: str) -> None:
    before = [(lab.mac(name).home / folder / "sim.json").read_text() for name, folder in FOLDER.items()]
    for _ in range(2):
        for found in fleet("apply", file, expect=0)["macs"]:
            assert (found["outcome"], found["changes"], found["results"]) == ("converged", [], []), found
    _one_look(lab, file)
    assert before == [(lab.mac(name).home / folder / "sim.json").read_text() for name, folder in FOLDER.items()]
    assert [changing(mac) for mac in lab.macs] == [[], []]


def test_it_is_verified_and_proven_by_the_same_judge(file: str) -> None:
    report = fleet("verify", file, expect=0)
    for found in report["macs"]:
        assert found["tests"]["failed"] == 0
        assert found["gpu"].startswith("Virtio-GPU Venus"), found
    for found in fleet("prove", file, expect=0)["macs"]:
        measured = found["measured"]["prove"]
        assert (measured["accepted"], measured["through"], measured["modelled"]) == (True, "venus", True)
    strict = Path(file).with_name("strict.yml")
    strict.write_text(Path(file).read_text().replace("accept_software_gpu: true", "accept_software_gpu: false"))
    (found,) = fleet("prove", str(strict), "--limit", "mac-01", expect=100)["macs"]
    assert found["measured"]["prove"]["accepted"] is False, "what is modelled is no GPU"


def test_the_matrix_has_them_too(file: str) -> None:
    first, second = fleet("matrix", file, expect=0)["macs"]
    entries = {mac["mac"]: {e["runtime"]: e for e in mac["measured"]["matrix"]["runtimes"]} for mac in (first, second)}
    for name, runtime in (("mac-01", "lima"), ("mac-02", "colima")):
        entry = entries[name][runtime]
        assert (entry["running"], entry["through"], entry["verdict"]) == (True, "venus", "not measured")
    assert entries["mac-01"]["colima"]["verdict"] == "not there"


@pytest.mark.parametrize(
    ("alter", "fault", "code", "says"),
    [
        ({"status": "Stopped"}, "", "LIMA_STOPPED", "`limactl start default`"),
        ({"type": "vz"}, "", "LIMA_NO_GPU", "limactl start --vm-type=krunkit --name=default-gpu"),
        ({}, "lima-closed", "LIMA_CLOSED", "`limactl shell default`"),
    ],
)
def test_what_moved_is_named_with_what_its_owner_does(
    mac: SimulatedMac, file: str, alter: dict[str, Any], fault: str, code: str, says: str
) -> None:
    lima.alter(mac, FOLDER["mac-01"], **alter)
    if fault:
        inject(mac, fault)
    before = len(calls(mac))
    (found,) = fleet("drift", file, "--limit", "mac-01", expect=3)["macs"]
    assert [(failure["code"], failure["address"]) for failure in found["failures"]] == [(code, "lima.instance")]
    assert says in found["failures"][0]["remedy"]
    assert changing(mac) == []
    if code in ("LIMA_STOPPED", "LIMA_NO_GPU"):
        assert not [argv for argv in calls(mac)[before:] if "shell" in argv], "a shell would offer to start it"


def test_a_stopped_one_is_not_proven_and_not_verified(mac: SimulatedMac, file: str) -> None:
    lima.alter(mac, FOLDER["mac-01"], status="Stopped")
    assert codes(fleet("prove", file, "--limit", "mac-01", expect=3)) == [["LIMA_STOPPED"]]
    (found,) = fleet("verify", file, "--limit", "mac-01", expect=100)["macs"]
    assert found["tests"]["failed"] == 1
    assert changing(mac) == []


def test_without_the_image_nothing_is_proven(mac: SimulatedMac, file: str) -> None:
    lima.alter(mac, FOLDER["mac-01"], images={})
    assert codes(fleet("prove", file, "--limit", "mac-01", expect=100)) == [["PROOF_NO_IMAGE"]]


def test_adopt_describes_it_and_plan_finds_nothing(lab: SimulatedLab, tmp_path: Path) -> None:
    for name, runtime, instance in (("mac-01", "lima", "default"), ("mac-02", "colima", "ai")):
        made = tmp_path / f"{name}.yml"
        ran = adopt(lab.mac(name), "-o", str(made), "--name", name)
        assert ran.returncode == 0, ran.stderr
        assert "plan finds nothing to do" in ran.stderr
        wish = yaml.safe_load(made.read_text())["macs"][name]
        assert (wish["runtime"], wish["lima"], wish["stacks"]) == (runtime, {"instance": instance}, [])
        assert ("the instance other of Lima (vz)" in made.read_text()) is (name == "mac-01")
        fleet("plan", str(made), expect=0)
    assert [changing(mac) for mac in lab.macs] == [[], []]


def test_destroy_leaves_it_alone(lab: SimulatedLab, file: str) -> None:
    fleet("destroy", file, "--yes", expect=0)
    for mac in lab.macs:
        assert lima.known(mac, FOLDER[mac.name])["status"] == "Running"
        assert changing(mac) == []


def test_secrets_of_its_configuration_stay_on_the_mac(file: str) -> None:
    command = [sys.executable, "-m", "carbon_fleet", "probe", file, "mac-01"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stderr
    assert "%block lima-list" in ran.stdout
    assert "of-somebody" not in ran.stdout
