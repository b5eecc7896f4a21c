"""Macs that people set up come to be what a lab file says, with their data: in one go, and killed after any command."""

import json
import os
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
EVERYWHERE = os.environ.get("CARBON_FLEET_EVERY_MIGRATION")
"""Set, every starting point is killed at every command; else the one with the most of them is."""
MACHINES = {"nothing": "carbon", "slp-krun": "gpu", "slp-krunkit": "podman-machine-default"}
MACHINES |= {"pkg": "podman-machine-default", "podman-desktop": "podman-machine-default"}
KEEPS = ("slp-krun", "pkg", "podman-desktop")
"""Where the machine stays; the one of slp-krunkit is applehv, which is made anew with consent."""
LOST = ["container lab-db", "volume lab-data", "image docker.io/library/postgres:16"]
CLEAN, MOST = "mac-01", 20
"""More Macs than a migration has commands: the test says so when that is no longer true."""


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


def begin(macs: list[SimulatedMac], start: str) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda mac: mac.start_from(start), macs))


def migrate(file: str, *macs: str) -> dict[str, Any]:
    """Apply, with consent to whatever must be made anew."""
    return fleet("apply", file, *[f"--limit={mac}" for mac in macs], *[f"--allow-replace={mac}" for mac in macs])


@pytest.mark.parametrize("start", [*MACHINES] if EVERYWHERE else ["slp-krun"])
def test_killed_after_any_command_it_ends_as_a_clean_run(start: str, tmp_path: Path) -> None:
    with SimulatedLab.up(macs=MOST, state=tmp_path) as lab:
        file = lab_file(lab, start)
        begin(lab.macs[:1], start)
        before = rows(lab.macs[0])
        clean = migrate(file, CLEAN)
        assert clean["exit_code"] == 0, clean
        total = len(commands(clean))
        assert 1 < total < MOST, f"{start}: {total} commands"
        macs = {mac.name: count for count, mac in enumerate(lab.macs[1 : total + 1], 1)}
        begin(lab.macs[1 : total + 1], start)
        ran = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.sim.killed_many",
                file,
                "after",
                *[f"{mac}+{at}" for mac, at in macs.items()],
            ],
            capture_output=True,
            text=True,
            timeout=1200,
        )
        assert set(json.loads(ran.stdout).values()) == {-9}, ran.stdout + ran.stderr[-2000:]

        again = migrate(file, *macs)
        wrong = {mac["mac"]: mac["failures"] for mac in again["macs"] if mac["outcome"] not in ("changed", "converged")}
        assert not wrong, wrong
        assert commands(migrate(file, CLEAN, *macs)) == []
        wished = end_state(lab, file, CLEAN)
        for mac, count in macs.items():
            assert end_state(lab, file, mac) == wished, f"{start}, killed after command {count}"
            if start in KEEPS:
                assert rows(lab.mac(mac)) == before != [], f"{start}, killed after command {count}"


def test_every_starting_point_comes_to_the_wish_and_keeps_its_data(tmp_path: Path) -> None:
    starts = ("slp-krunkit", "pkg", "podman-desktop")
    with SimulatedLab.up(macs=len(starts), state=tmp_path) as lab:
        for mac, start in zip(lab.macs, starts, strict=True):
            mac.start_from(start)
        before, file = [rows(mac) for mac in lab.macs], lab_file(lab, *starts)
        assert all(before)
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
