"""A stack moves podman → the Mac itself → Apple's container → podman, its volume with it; what is ill is put back."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.carried_lab import APPLE, FILL, MAC, NATIVE, PODMAN, content, failure, place, runs_on, wish
from tests.sim.native_lab import free_ports
from tests.sim.runs import commands, fleet, guest

pytestmark = [pytest.mark.sim, pytest.mark.timeout(900)]
STATE = ".local/state/carbon-fleet"
PORT: list[int] = []


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    """A Mac whose Podman machine has the stack."""
    PORT[:] = free_ports(1)
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        fleet("apply", wish(running, PODMAN, *PORT), expect=0)
        folder = guest(running, MAC, "podman volume inspect --format '{{.Mountpoint}}' notes").stdout.strip()
        assert guest(running, MAC, FILL.replace("DATA", folder)).returncode == 0
        yield running


@pytest.fixture
def mac(lab: SimulatedLab) -> SimulatedMac:
    return lab.mac(MAC)


def agents(mac: SimulatedMac) -> list[str]:
    """What a login would load of the stack's, and what launchd has."""
    loaded = mac.ssh("launchctl list").stdout.split()
    files = [path.stem for path in (mac.home / "Library/LaunchAgents").glob("*notes*")]
    return sorted({*files, *(word for word in loaded if word.startswith("io.carbon-fleet") and "notes" in word)})


JOBS = {PODMAN: [], NATIVE: ["io.carbon-fleet.native.notes-web"], APPLE: ["io.carbon-fleet.container.notes-web"]}


def moved(lab: SimulatedLab, mac: SimulatedMac, target: str) -> None:
    """Every byte arrives, nothing of the old one is left but its volume, and a second run is empty."""
    (source,) = runs_on(lab)
    file, before = wish(lab, target, *PORT), content(mac, source)
    fleet("apply", file, "--allow-move", MAC, expect=0)
    assert (runs_on(lab), content(mac, target), content(mac, source)) == ([target], before, before)
    assert agents(mac) == JOBS[target]
    again = fleet("apply", file, expect=0)
    assert (commands(again), again["macs"][0]["changes"]) == ([], [])
    kept = [one for one in again["macs"][0]["notices"] if one["code"] == "MOVED_VOLUMES_KEPT"]
    assert [f"kept on {source} until" in one["what"] for one in kept[-1:]] == [True]


def put_back(lab: SimulatedLab, mac: SimulatedMac, target: str) -> None:
    """What never gets well there is taken away, and the old one runs with what it had."""
    (source,) = runs_on(lab)
    before = content(mac, source)
    said = failure(wish(lab, target, *PORT, ill=True))
    assert (said["code"], said["what"].startswith(f"on {target} it does not work")) == ("MOVE_PUT_BACK", True), said
    assert said["what"].endswith(f"the stack notes is back on {source}, with all it held")
    assert (runs_on(lab), content(mac, source), content(mac, target)) == ([source], before, "")
    assert (agents(mac), list((mac.home / STATE).glob("moving/*"))) == (JOBS[source], [])


def purge(lab: SimulatedLab) -> None:
    (there,) = runs_on(lab)
    fleet("apply", wish(lab, there, *PORT), "--purge-old", MAC, "--only", "moving.kept.*", expect=0)


def test_a_program_of_the_mac_takes_over_once_it_works_with_the_data(lab: SimulatedLab, mac: SimulatedMac) -> None:
    put_back(lab, mac, NATIVE)
    moved(lab, mac, NATIVE)
    assert oct(place(mac, NATIVE).stat().st_mode & 0o777) == "0o700"


def test_from_the_mac_itself_to_apples_container(lab: SimulatedLab, mac: SimulatedMac) -> None:
    put_back(lab, mac, APPLE)
    moved(lab, mac, APPLE)


def test_from_apples_container_to_podman(lab: SimulatedLab, mac: SimulatedMac) -> None:
    purge(lab)
    assert [content(mac, one) for one in (NATIVE, PODMAN)] == ["", ""]
    put_back(lab, mac, PODMAN)
    moved(lab, mac, PODMAN)
