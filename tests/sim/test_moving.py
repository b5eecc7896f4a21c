"""A stack moves between podman and Docker Desktop with its volumes, both ways; what fails or is cut off loses nothing."""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.sim import engines
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.runs import commands, fleet, guest, lab_file
from tests.sim.test_docker import DOCKER

pytestmark = [pytest.mark.sim, pytest.mark.timeout(900)]
MAC = "mac-01"
LIBKRUN, DESKTOP = "podman-libkrun", "docker"
BOX = {
    "image": "docker.io/library/nginx:1",
    "ports": ["8080:80"],
    "volumes": ["notes:/data", "more:/more"],
    "secrets": {"TOKEN": "notes-token"},
    "health": {"command": "true"},
}
FILL = """set -e
cd DATA; mkdir -p sub; head -c 300000 /dev/urandom >sub/random; chmod 640 sub/random; ln -s sub/random link
: >empty; echo two >'with blank'; chmod 2770 sub; ln sub/random hard; truncate -s 1M sparse"""


def wish(lab: SimulatedLab, runtime: str, *, image: str = "docker.io/library/nginx:1", **more: Any) -> str:
    stacks = [{"name": "notes", "runtime": runtime, "containers": {"web": {**BOX, "image": image}}}]
    machine = {"cpus": 2, "memory": "2GiB", "disk": "20GiB"}
    return lab_file(lab, **{"runtime": LIBKRUN, "stacks": stacks, "machine": machine, **more})


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    """A Mac with both: the machine with the stack in it, and a Docker Desktop that somebody has accepted."""
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        mac = running.mac(MAC)
        engines.accept_docker(mac)
        fleet("apply", wish(running, LIBKRUN), expect=0)
        place = guest(running, MAC, "podman volume inspect --format '{{.Mountpoint}}' notes").stdout.strip()
        assert guest(running, MAC, FILL.replace("DATA", place)).returncode == 0
        yield running


@pytest.fixture
def mac(lab: SimulatedLab) -> SimulatedMac:
    return lab.mac(MAC)


def folder(mac: SimulatedMac, runtime: str, volume: str = "notes") -> Path:
    """Where what is in a volume really lies."""
    if runtime == DESKTOP:
        return mac.shared / "docker" / volume
    (disk,) = (mac.home / ".local/share/containers/podman/machine").glob("*/carbon-arm64.raw")
    with disk.open(errors="replace") as said:
        root = mac.state.mac(mac.name) / "vms" / said.readline().split()[1] / "root"
    return root / "var/lib/containers/storage/volumes" / volume / "_data"


def content(mac: SimulatedMac, runtime: str, volume: str = "notes") -> str:
    """All there is to know of a volume: every path, mode, content; "" where it is not."""
    place, told = folder(mac, runtime, volume), hashlib.sha256()
    for path in sorted(place.rglob("*")):
        status = path.lstat()
        data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        told.update(f"{path.relative_to(place)} {status.st_mode:o} {status.st_size}".encode() + data)
    return told.hexdigest() if place.exists() else ""


def runs_on(mac: SimulatedMac) -> list[str]:
    """The runtimes in which the stack's container runs now."""
    path = mac.shared / "engines.json"
    known = json.loads(path.read_text()).get("docker", {}) if path.exists() else {}
    box = known.get("containers", {}).get("notes-web", {})
    found = [DESKTOP] if (box.get("state"), box.get("health")) == ("running", "healthy") else []
    names = subprocess.run  # keep the name short below
    del names
    listed = mac.ssh("/opt/homebrew/bin/podman --connection carbon-root ps --format '{{.Names}}'").stdout.split()
    return [*found, *([LIBKRUN] if "notes-web" in listed else [])]


def test_a_move_needs_consent_and_names_what_is_at_stake(lab: SimulatedLab, mac: SimulatedMac) -> None:
    file, before = wish(lab, DESKTOP), content(mac, LIBKRUN)
    plan = fleet("plan", file, expect=2)["macs"][0]
    (change,) = [one for one in plan["changes"] if one["address"] == "moving.notes"]
    assert (change["action"], change["attributes"]) == (
        "move",
        [{"name": "runtime", "before": LIBKRUN, "after": DESKTOP}],
    )
    stake = [one.partition(" (")[0] for one in change["at_stake"]]
    assert stake[:3] == [
        "volume more",
        "volume notes",
        "port 8080 of the Mac: nothing answers there until the new one works",
    ]
    assert "last written" in change["at_stake"][1]
    assert [one["address"] for one in plan["changes"] if ".notes" in one["address"]] == ["moving.notes"]
    done = fleet("apply", file, expect=3)["macs"][0]
    assert [(one["code"], "--allow-move mac-01" in one["remedy"]) for one in done["failures"]] == [
        ("CONSENT_MISSING", True)
    ]
    assert (runs_on(mac), content(mac, LIBKRUN), content(mac, DESKTOP)) == ([LIBKRUN], before, "")


def test_there_and_back_every_byte_is_the_same_and_a_second_run_is_empty(lab: SimulatedLab, mac: SimulatedMac) -> None:
    for source, target in ((LIBKRUN, DESKTOP), (DESKTOP, LIBKRUN)):
        file, before = wish(lab, target), content(mac, source)
        fleet("apply", file, "--allow-move", MAC, expect=0)
        assert content(mac, target) == before
        assert content(mac, source) == before, "kept"
        assert runs_on(mac) == [target]
        again = fleet("apply", file, expect=0)
        assert commands(again) == []
        (notice,) = [one for one in again["macs"][0]["notices"] if "VOLUME" in one["code"]]
        assert (notice["code"], f"kept on {source} until" in notice["what"]) == ("MOVED_VOLUMES_KEPT", True)
        assert fleet("drift", file, expect=0)["macs"][0]["changes"] == []
        assert fleet("verify", file, expect=0)["macs"][0]["tests"]["failed"] == 0
        fleet("apply", file, "--purge-old", MAC, expect=0)
        assert content(mac, source) == ""
        assert fleet("apply", file, expect=0)["macs"][0]["notices"] == []
