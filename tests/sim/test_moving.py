"""A stack moves between podman and Docker Desktop with its volumes, both ways; what fails or is cut loses nothing."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.sim import engines
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.moving_walk import each_command, killed_at_each
from tests.sim.runs import commands, fleet, guest, lab_file

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


def engine(mac: SimulatedMac) -> dict[str, Any]:
    """What Docker Desktop has; nothing where it never was."""
    path = mac.shared / "engines.json"
    known: dict[str, Any] = json.loads(path.read_text()).get("docker", {}) if path.exists() else {}
    return known


def runs_on(lab: SimulatedLab) -> list[str]:
    """The runtimes in which the stack's container runs now, and is healthy."""
    box = engine(lab.mac(MAC)).get("containers", {}).get("notes-web", {})
    found = [DESKTOP] if (box.get("state"), box.get("health")) == ("running", "healthy") else []
    listed = guest(lab, MAC, "podman ps --filter name=notes-web --format '{{.Names}} {{.Status}}'").stdout
    return [*found, *([LIBKRUN] if "notes-web" in listed and "(healthy)" in listed else [])]


def now(lab: SimulatedLab) -> tuple[str, str]:
    """Where the stack is, and where it could go."""
    (there,) = runs_on(lab)
    return there, LIBKRUN if there == DESKTOP else DESKTOP


def test_a_move_needs_consent_and_names_what_is_at_stake(lab: SimulatedLab, mac: SimulatedMac) -> None:
    file, before = wish(lab, DESKTOP), content(mac, LIBKRUN)
    plan = fleet("plan", file, expect=2)["macs"][0]
    (change,) = [one for one in plan["changes"] if ".notes" in one["address"]]
    assert (change["address"], change["action"]) == ("moving.notes", "move")
    assert change["attributes"] == [{"name": "runtime", "before": LIBKRUN, "after": DESKTOP}]
    stake = [one.partition(" (")[0] for one in change["at_stake"]]
    assert stake[:2] == ["volume more", "volume notes"]
    assert stake[2].startswith("port 8080 of the Mac")
    assert "last written" in change["at_stake"][1]
    (failure,) = fleet("apply", file, expect=3)["macs"][0]["failures"]
    assert (failure["code"], "--allow-move mac-01" in failure["remedy"]) == ("CONSENT_MISSING", True)
    assert (runs_on(lab), content(mac, LIBKRUN), content(mac, DESKTOP)) == ([LIBKRUN], before, "")


def ill_then_moved(lab: SimulatedLab, mac: SimulatedMac, target: str) -> None:
    """First with an image that never gets healthy: the old one is back, and nothing is left; then it moves."""
    source, _ = now(lab)
    ill, before = wish(lab, target, image="docker.io/library/nginx:ill"), content(mac, source)
    (failure,) = fleet("apply", ill, "--allow-move", MAC, expect=4)["macs"][0]["failures"]
    assert failure["code"] == "MOVE_PUT_BACK"
    assert failure["what"].endswith(f"the stack notes is back on {source}, with all it held")
    assert (runs_on(lab), content(mac, source), content(mac, target)) == ([source], before, "")
    assert not list((mac.home / ".local/state/carbon-fleet").glob("mov*"))
    moved(lab, mac, target)


def test_what_does_not_get_well_is_taken_away_and_the_old_one_is_back(lab: SimulatedLab, mac: SimulatedMac) -> None:
    ill_then_moved(lab, mac, DESKTOP)


def test_what_is_kept_is_no_drift_and_goes_when_its_time_is_up(lab: SimulatedLab, mac: SimulatedMac) -> None:
    there, other = now(lab)
    file = wish(lab, there)
    assert mac.ssh("sed -i '' -e '1s/.*/1000/' ~/.local/state/carbon-fleet/moved/notes/*/done").returncode == 0
    (change,) = fleet("drift", file, expect=2)["macs"][0]["changes"]
    assert (change["action"], change["cause"]) == ("delete", "environment")
    fleet("apply", file, expect=0)
    assert content(mac, other) == ""


def purge(lab: SimulatedLab) -> None:
    """What earlier moves keep, gone."""
    fleet("apply", wish(lab, now(lab)[0]), "--purge-old", MAC, "--only", "moving.kept.*", expect=0)


def moved(lab: SimulatedLab, mac: SimulatedMac, target: str) -> None:
    """Every byte arrives, the old volumes stay and are told of, and a second run is empty."""
    source, _ = now(lab)
    file, before = wish(lab, target), content(mac, source)
    fleet("apply", file, "--allow-move", MAC, expect=0)
    assert (runs_on(lab), content(mac, target), content(mac, source)) == ([target], before, before)
    again = fleet("apply", file, expect=0)
    assert (commands(again), again["macs"][0]["changes"]) == ([], [])
    (notice,) = [one for one in again["macs"][0]["notices"] if "VOLUME" in one["code"]]
    assert (notice["code"], f"kept on {source} until" in notice["what"]) == ("MOVED_VOLUMES_KEPT", True)


def elsewhere(lab: SimulatedLab, mac: SimulatedMac, target: str) -> str:
    """Where the stack runs, which is not at `target`: it is moved away from there first."""
    if now(lab)[0] == target:
        purge(lab)
        moved(lab, mac, now(lab)[1])
    return now(lab)[0]


COUNT = {DESKTOP: 7, LIBKRUN: 10}
"""The commands of a move to each."""


@pytest.mark.moving
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("target", COUNT)
def test_killed_at_every_command_in_turn_nothing_is_lost_on_the_way(
    lab: SimulatedLab, mac: SimulatedMac, target: str
) -> None:
    """After each kill the old volumes are whole, and the stack runs in one place at most."""
    source = elsewhere(lab, mac, target)
    if content(mac, target):
        purge(lab)
    file, before = wish(lab, target), content(mac, source)

    def look(killed: str) -> None:
        assert (content(mac, source), len(runs_on(lab)) < 2) == (before, True), killed

    each_command(killed_at_each(file, MAC, look), COUNT[target])
    assert (runs_on(lab), content(mac, target), content(mac, source)) == ([target], before, before)
    assert commands(fleet("apply", file, expect=0)) == []
    assert not list((mac.home / ".local/state/carbon-fleet").rglob("*.tar"))


KILLS = [(LIBKRUN, "after", 3)]
"""What is killed by default, on its way back; with `make test-moving-each` every command, each in a move of its own."""
ALL = [(target, when, at) for target in COUNT for when in ("during", "after") for at in range(1, COUNT[target] + 1)]


@pytest.mark.parametrize(
    ("target", "when", "at"),
    [*KILLS, *(pytest.param(*one, marks=pytest.mark.moving_each) for one in ALL if one not in KILLS)],
)
def test_killed_at_a_command_the_next_run_goes_on(
    lab: SimulatedLab, mac: SimulatedMac, target: str, when: str, at: int
) -> None:
    source = elsewhere(lab, mac, target)
    if content(mac, target):
        purge(lab)
    file, before = wish(lab, target), content(mac, source)
    command = [sys.executable, "-m", "tests.sim.killed_many", file, when, f"{MAC}+{at}"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=Path(__file__).parents[2])
    assert json.loads(ran.stdout) == {MAC: -9}, ran.stderr
    fleet("apply", file, "--allow-move", MAC, expect=0)
    assert (runs_on(lab), content(mac, target), content(mac, source)) == ([target], before, before)
    assert commands(fleet("apply", file, expect=0)) == []
    assert not list((mac.home / ".local/state/carbon-fleet").rglob("*.tar"))


@pytest.mark.moving
@pytest.mark.parametrize("target", [DESKTOP, LIBKRUN])
def test_what_is_there_already_is_not_written_over(lab: SimulatedLab, mac: SimulatedMac, target: str) -> None:
    """What an earlier move keeps stays, until it is purged; then what does not get well is put back, and it moves."""
    source = elsewhere(lab, mac, target)
    if not content(mac, target):
        moved(lab, mac, target)
        purge(lab)
        moved(lab, mac, source)
    before = content(mac, source), content(mac, target)
    (failure,) = fleet("apply", wish(lab, target), "--allow-move", MAC, expect=4)["macs"][0]["failures"]
    assert (failure["code"], "--purge-old" in failure["remedy"]) == ("MOVE_VOLUME_THERE", True)
    assert (runs_on(lab), content(mac, source), content(mac, target)) == ([source], *before)
    purge(lab)
    ill_then_moved(lab, mac, target)


@pytest.mark.moving
def test_left_data_stays_and_the_new_one_begins_without(lab: SimulatedLab, mac: SimulatedMac) -> None:
    purge(lab)
    source, target = now(lab)
    before, file = content(mac, source), wish(lab, target)
    fleet("apply", file, "--allow-move", MAC, "--leave-data", MAC, expect=0)
    assert (runs_on(lab), content(mac, source)) == ([target], before)
    assert list(folder(mac, target).iterdir()) == []
    again = fleet("apply", wish(lab, target, moving={"keep": "1s"}), expect=0)
    assert (commands(again), content(mac, source)) == ([], before), "its time is never up"
    fleet("apply", wish(lab, source), "--allow-move", MAC, "--leave-data", MAC, expect=0)
    assert (runs_on(lab), content(mac, source)) == ([source], before)
    purge(lab)


def test_destroyed_after_a_move_nothing_of_it_is_left(lab: SimulatedLab, mac: SimulatedMac) -> None:
    there, _ = now(lab)
    file = wish(lab, there)
    assert fleet("destroy", file, "--yes", expect=3)["macs"][0]["failures"][0]["code"] == "CONSENT_MISSING"
    assert fleet("destroy", file, "--delete-volumes", "--yes", expect=0)["macs"][0]["tests"]["failed"] == 0
    assert not (mac.home / ".local/state/carbon-fleet").exists()
    assert not (mac.home / ".config/carbon-fleet").exists()
