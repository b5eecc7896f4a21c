"""A stack moves from Docker Desktop to the Mac itself and on to Apple's container, its volume with it, and back.

Of podman, too, with `make test-moving`: the machine is what costs.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.sim import engines
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.carried_lab import APPLE, DOCKER, FILL, MAC, NATIVE, PODMAN, content, failure, place, runs_on, wish
from tests.sim.moving_walk import each_command, killed_at_each
from tests.sim.native_lab import free_ports
from tests.sim.runs import commands, fleet

pytestmark = [pytest.mark.sim, pytest.mark.timeout(900)]
STATE = ".local/state/carbon-fleet"
PORT: list[int] = []


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    """A Mac whose Docker Desktop has the stack."""
    PORT[:] = free_ports(1)
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        engines.accept_docker(running.mac(MAC))
        fleet("apply", wish(running, DOCKER, *PORT), expect=0)
        subprocess.run(["/bin/sh", "-c", FILL], cwd=place(running.mac(MAC), DOCKER), check=True)
        yield running


@pytest.fixture
def mac(lab: SimulatedLab) -> SimulatedMac:
    return lab.mac(MAC)


def agents(mac: SimulatedMac) -> list[str]:
    """What a login would load of the stack's, and what launchd has."""
    loaded = mac.ssh("launchctl list").stdout.split()
    files = [path.stem for path in (mac.home / "Library/LaunchAgents").glob("*notes*")]
    return sorted({*files, *(word for word in loaded if word.startswith("io.carbon-fleet") and "notes" in word)})


JOBS = {
    DOCKER: [],
    PODMAN: [],
    NATIVE: ["io.carbon-fleet.native.notes-web"],
    APPLE: ["io.carbon-fleet.container.notes-web"],
}


def moved(
    lab: SimulatedLab, mac: SimulatedMac, target: str, *, killed: str = "", at: int = 0, purged: bool = False
) -> None:
    """Every byte arrives, nothing of the old one is left but its volume, and a second run is empty.

    Also where a run before was `killed` (`during`, `after`) `at` one of its commands.
    """
    (source,) = runs_on(lab)
    file, before, more = wish(lab, target, *PORT), content(mac, source), ["--purge-old", MAC] if purged else []
    if killed:
        command = [sys.executable, "-m", "tests.sim.killed_many", file, killed, f"{MAC}+{at}"]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=Path(__file__).parents[2])
        assert json.loads(ran.stdout) == {MAC: -9}, ran.stderr
    fleet("apply", file, "--allow-move", MAC, *more, expect=0)
    assert (runs_on(lab), content(mac, target)) == ([target], before)
    assert content(mac, source) == ("" if purged else before)
    assert agents(mac) == JOBS[target]
    again = fleet("apply", file, expect=0)
    assert (commands(again), again["macs"][0]["changes"]) == ([], [])
    kept = [one for one in again["macs"][0]["notices"] if one["code"] == "MOVED_VOLUMES_KEPT"]
    assert any(f"kept on {source} until" in one["what"] for one in kept) is not purged


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


def test_from_the_mac_itself_to_apples_container_and_what_was_kept_goes(lab: SimulatedLab, mac: SimulatedMac) -> None:
    moved(lab, mac, APPLE, purged=True)
    assert [content(mac, one) for one in (NATIVE, DOCKER)] == ["", ""]


@pytest.mark.moving
@pytest.mark.parametrize("target", [DOCKER, APPLE, PODMAN, NATIVE])
def test_what_never_gets_well_anywhere_is_back_where_it_was(lab: SimulatedLab, mac: SimulatedMac, target: str) -> None:
    if runs_on(lab) == [target]:
        to(lab, mac, NATIVE if target == APPLE else APPLE)
    purge(lab)
    put_back(lab, mac, target)
    moved(lab, mac, target)


def to(lab: SimulatedLab, mac: SimulatedMac, target: str) -> None:
    """There, whatever is kept there."""
    if runs_on(lab) != [target]:
        purge(lab)
        moved(lab, mac, target)


COUNT = {NATIVE: 6, APPLE: 7}
"""The commands of a move to each."""
WALK = [(target, when, at) for target in COUNT for when in ("during", "after") for at in range(1, COUNT[target] + 1)]


@pytest.mark.moving
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("target", COUNT)
def test_killed_at_every_command_in_turn_nothing_is_lost_on_the_way(
    lab: SimulatedLab, mac: SimulatedMac, target: str
) -> None:
    to(lab, mac, NATIVE if target == APPLE else APPLE)
    purge(lab)
    (source,) = runs_on(lab)
    before = content(mac, source)

    def look(killed: str) -> None:
        assert (content(mac, source), len(runs_on(lab)) < 2) == (before, True), killed

    each_command(killed_at_each(wish(lab, target, *PORT), MAC, look), COUNT[target])
    assert (runs_on(lab), content(mac, target), content(mac, source)) == ([target], before, before)
    assert agents(mac) == JOBS[target]
    assert commands(fleet("apply", wish(lab, target, *PORT), expect=0)) == []
    assert not list((mac.home / STATE).rglob("*.tar"))


@pytest.mark.moving_each
@pytest.mark.parametrize(("target", "when", "at"), WALK)
def test_killed_at_any_command_the_next_run_goes_on(
    lab: SimulatedLab, mac: SimulatedMac, target: str, when: str, at: int
) -> None:
    to(lab, mac, NATIVE if target == APPLE else APPLE)
    purge(lab)
    moved(lab, mac, target, killed=when, at=at)
    assert not list((mac.home / STATE).rglob("*.tar"))


GONE = """
import sys
from pathlib import Path
from carbon_fleet.cli import main
from carbon_fleet.engine.session import Session
run, app = Session.run, Path(sys.argv.pop(1))
def late(self, address, command):
    result = run(self, address, command)
    if command.says.startswith("bring the volumes"):
        app.rename(app.with_name("Gone.app"))
    return result
Session.run = late
main()
"""
"""An application is removed once volumes are in its engine, and before its containers start."""


@pytest.mark.moving
def test_an_application_that_is_removed_in_the_middle_leaves_the_stack_where_it_was(
    lab: SimulatedLab, mac: SimulatedMac
) -> None:
    to(lab, mac, NATIVE)
    purge(lab)
    before, app = content(mac, NATIVE), mac.root / "Applications/Docker.app"
    words = ["apply", wish(lab, DOCKER, *PORT), "--allow-move", MAC, "--json", "--quiet", "--yes"]
    ran = subprocess.run([sys.executable, "-c", GONE, str(app), *words], capture_output=True, text=True, timeout=300)
    (said,) = json.loads(ran.stdout)["macs"][0]["failures"]
    assert said["code"] == "MOVE_NOT_PUT_BACK"
    assert "the stack notes runs on native again, with all it held; on docker is left what it had got" in said["what"]
    assert "Docker Desktop is not installed" in said["what"]
    assert (runs_on(lab), content(mac, NATIVE), agents(mac)) == ([NATIVE], before, JOBS[NATIVE])
    app.with_name("Gone.app").rename(app)
    moved(lab, mac, DOCKER)


@pytest.mark.moving
def test_destroyed_nothing_of_a_move_is_left(lab: SimulatedLab, mac: SimulatedMac) -> None:
    file = wish(lab, runs_on(lab)[0], *PORT)
    assert fleet("destroy", file, "--delete-volumes", "--yes", expect=0)["macs"][0]["tests"]["failed"] == 0
    assert not (mac.home / STATE).exists()
    assert agents(mac) == []
    assert [content(mac, one) for one in (DOCKER, NATIVE, APPLE)] == ["", "", ""]
