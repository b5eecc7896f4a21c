"""Macs that people set up come to be what a lab file says, with their data: in one go, and killed after any command."""

import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.runs import commands, fleet
from tests.sim.state import end_state

pytestmark = [pytest.mark.sim, pytest.mark.timeout(1500)]
MACHINES = {"nothing": "carbon", "slp-krun": "gpu", "slp-krunkit": "podman-machine-default"}
MACHINES |= {"pkg": "podman-machine-default", "podman-desktop": "podman-machine-default"}
KEEPS = ("slp-krun", "pkg", "podman-desktop")
"""Where the machine stays; the one of slp-krunkit is applehv, which is made anew with consent."""
LOST = ["container lab-db", "volume lab-data", "image docker.io/library/postgres:16"]
CLEAN, KILLED = "mac-01", "mac-02"


def machine_of(start: str) -> dict[str, Any]:
    """The machine this starting point has, as it has it; the wish is Homebrew's own around it."""
    machine: dict[str, Any] = {"name": MACHINES[start], "cpus": 2, "memory": "2GiB", "disk": "20GiB"}
    machine["rootful"] = start != "pkg"
    if start == "podman-desktop":
        machine |= {"cpus": 4, "memory": "4GiB", "disk": "100GiB"}
    if start in KEEPS:
        volumes = ("/Users:/Users", "/private:/private", "/var/folders:/var/folders")
        machine["volumes"] = [*volumes, "/Users/lab/.config/containers:/etc/containers"]
    return machine


def lab_file(lab: SimulatedLab, *starts: str) -> str:
    """The lab's Macs as they are to be: all from the one start, or one from each."""
    document = yaml.safe_load(lab.file.read_text())
    document["defaults"] |= {"machine": machine_of(starts[0]), "stacks": []}
    for mac, start in zip(document["macs"].values(), starts, strict=False):
        mac["machine"] = machine_of(start)
    path = Path(lab.file).with_name("migrated.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path)


def rows(mac: SimulatedMac) -> list[bytes]:
    """What is in the volume that somebody made, in every disk of this Mac's machines."""
    found = mac.state.mac(mac.name).glob("**/volumes/lab-data/_data/rows")
    return [path.read_bytes() for path in found]


def volumes(mac: SimulatedMac, start: str) -> dict[str, str]:
    """Every path in the volumes of the machine this Mac has now → its mode, owner and content."""
    places = (mac.home / ".local/share/containers/podman/machine").glob(f"*/{MACHINES[start]}-arm64.raw")
    disks = [path.open(errors="replace").readline().split()[1] for path in places]
    assert len(disks) == (start != "nothing" or bool(disks))
    held = {}
    for disk in disks:
        top = mac.state.mac(mac.name) / "vms" / disk
        for path in sorted(top.glob("**/containers/storage/volumes/*/**/*")):
            status = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            held[str(path.relative_to(top))] = f"{status.st_mode:o} {status.st_uid}:{status.st_gid} {content}"
    return held


def begin(macs: list[SimulatedMac], start: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda mac: mac.start_from(start), macs))


def migrate(file: str, *macs: str) -> dict[str, Any]:
    """Apply, with consent to whatever must be made anew."""
    return fleet("apply", file, *[f"--limit={mac}" for mac in macs], *[f"--allow-replace={mac}" for mac in macs])


def cut_again_and_again(file: str, stride: int, *midst: float) -> list[str]:
    """Apply to a Mac, killed at each `stride`-th command; what was killed. At the end a run finds nothing to do."""
    command = [sys.executable, "-m", "tests.sim.killed_on", file, KILLED, str(stride), *map(str, midst)]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=3000)
    cuts = json.loads(ran.stdout)
    assert ran.returncode == 0, cuts[-6:]
    return [said for _, said in cuts]


def killed_on_the_way(state: Path, start: str, stride: int, *midst: float) -> None:
    with SimulatedLab.up(macs=2, state=state) as lab:
        file = lab_file(lab, start)
        begin(lab.macs, start)
        before = volumes(lab.mac(KILLED), start)
        assert bool(before) == (start != "nothing")
        clean = migrate(file, CLEAN)
        assert clean["exit_code"] == 0, clean
        cuts, ran = cut_again_and_again(file, stride, *midst), set(commands(clean))
        # A run goes to its end only where each of its commands was killed before; after a kill some are needless.
        assert len(ran & set(cuts)) * stride > len(ran) / 2, ran - set(cuts)
        assert commands(migrate(file, CLEAN, KILLED)) == []
        assert end_state(lab, file, KILLED) == end_state(lab, file, CLEAN)
        assert volumes(lab.mac(KILLED), start) == volumes(lab.mac(CLEAN), start) == before


def test_killed_now_and_then_it_ends_as_a_clean_run(tmp_path: Path) -> None:
    killed_on_the_way(tmp_path, "slp-krun", 5)


@pytest.mark.migration
@pytest.mark.parametrize("start", MACHINES)
def test_killed_at_every_command_it_ends_as_a_clean_run(start: str, tmp_path: Path) -> None:
    """In the midst of it and after it; where the machine is replaced, at more moments."""
    killed_on_the_way(tmp_path, start, 1, 0.3, *([] if start in KEEPS else [2.0]))


def rootless(file: str) -> list[str]:
    """What is at stake where the rootless machine has to be replaced: its containers are core's."""
    document = yaml.safe_load(Path(file).read_text())
    document["macs"]["mac-02"]["machine"]["disk"] = "15GiB"
    smaller = Path(file).with_name("smaller.yml")
    smaller.write_text(yaml.safe_dump(document, sort_keys=False))
    changes = fleet("plan", str(smaller), "--limit", "mac-02", expect=2)["macs"][0]["changes"]
    (stake,) = [list(one["at_stake"]) for one in changes if one["action"] == "replace"]
    return stake


@pytest.mark.migration
def test_every_starting_point_comes_to_the_wish_and_keeps_its_data(tmp_path: Path) -> None:
    starts = ("slp-krunkit", "pkg", "podman-desktop")
    with SimulatedLab.up(macs=len(starts), state=tmp_path) as lab:
        for mac, start in zip(lab.macs, starts, strict=True):
            mac.start_from(start)
        before, file = [rows(mac) for mac in lab.macs], lab_file(lab, *starts)
        assert all(before)
        assert any(said.startswith("container lab-db (up ") for said in rootless(file)), rootless(file)
        planned = fleet("plan", file, expect=2)["macs"]
        anew = [[one["at_stake"] for one in mac["changes"] if one["action"] == "replace"] for mac in planned]
        assert [len(one) for one in anew] == [1, 0, 0]
        assert all(any(said.startswith(stake) for said in anew[0][0]) for stake in LOST), anew
        first, *others = fleet("apply", file)["macs"]
        assert [failure["code"] for failure in first["failures"]] == ["CONSENT_MISSING"]
        assert [mac["outcome"] for mac in others] == ["changed", "changed"]
        assert [rows(mac) for mac in lab.macs] == before
        assert migrate(file, "mac-01")["exit_code"] == 0
        assert commands(migrate(file, *[mac.name for mac in lab.macs])) == []
        assert [rows(mac) for mac in lab.macs[1:]] == before[1:]
        assert before[0][0] in rows(lab.macs[0])
        for mac, start in zip(lab.macs, starts, strict=True):
            said = json.loads(mac.ssh("/opt/homebrew/bin/podman machine list --format json").stdout)
            assert [(one["Name"], one["VMType"], one["Running"]) for one in said] == [
                (MACHINES[start], "libkrun", True)
            ]
