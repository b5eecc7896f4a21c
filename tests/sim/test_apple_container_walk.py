"""The long walks of Apple's `container`: every drift by itself, and a kill at every command: `make test-apple`."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.sim import engines
from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.apple_lab import AT_ONCE, CONTAINER, LABEL, ROUNDS, SHOP, STACKS, inside
from tests.sim.runs import fleet, lab_file
from tests.sim.test_apple_container import heal

pytestmark = [pytest.mark.sim, pytest.mark.apple_walk]
KILLS = 9
KEPT, BARE = "mac-02", "mac-03"
"""One Mac each for a kill at the first, second … command."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=3 + 2 * KILLS, vm="modelled", state=tmp_path_factory.mktemp("walk")) as running:
        yield running


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> str:
    return lab_file(lab, runtime="apple-container", stacks=STACKS, images={"venus": {}})


@pytest.fixture(scope="module")
def applied(file: str) -> str:
    fleet("apply", file, "--limit", "mac-01", expect=0)
    return file


@pytest.mark.parametrize("name", [name for name in ROUNDS if name != AT_ONCE])
def test_drift_is_named_and_healed(lab: SimulatedLab, applied: str, name: str) -> None:
    heal(applied, lab.mac("mac-01"), name)


def test_launchd_starts_again_what_somebody_stopped(lab: SimulatedLab, applied: str) -> None:
    mac = lab.mac("mac-01")
    assert mac.ssh(f"{CONTAINER} stop shop-web").returncode == 0
    for _ in range(600):
        if inside(mac)["containers"]["shop-web"]["state"] == "running":
            break
        time.sleep(0.1)
    assert fleet("drift", applied, "--limit", "mac-01", expect=0)["macs"][0]["changes"] == []


def test_services_that_do_not_answer_are_seen_by_verify(lab: SimulatedLab, applied: str) -> None:
    assert lab.mac("mac-01").ssh(f"launchctl bootout {LABEL}; {CONTAINER} system stop").returncode == 0
    report = fleet("verify", applied, "--limit", "mac-01", expect=100)
    assert "test_apple_container_answers" in json.dumps(report["macs"][0]["failures"])
    fleet("apply", applied, "--limit", "mac-01", expect=0)


def test_verbs_say_what_is_there_and_what_is_not(applied: str) -> None:
    (failure,) = fleet("volume", "list", applied, "mac-01", expect=3)["macs"][0]["failures"]
    assert failure["code"] == "NO_MACHINE"
    (image,) = fleet("images", "list", applied, "--limit", "mac-01", expect=0)["macs"][0]["measured"]["images"]
    assert (image["name"], image["there"]) == ("venus", True)
    assert fleet("doctor", applied, "mac-01", expect=0)["macs"][0]["outcome"] == "healthy"
    command = [sys.executable, "-m", "carbon_fleet", "urls", applied, "--limit", "mac-01"]
    assert "8080" in subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    entries = fleet("matrix", applied, "mac-01", expect=0)["macs"][0]["measured"]["matrix"]["runtimes"]
    assert [one["running"] for one in entries if one["runtime"] == "apple-container"] == [True]


def test_what_a_boot_stopped_runs_again(lab: SimulatedLab, applied: str) -> None:
    mac = lab.mac("mac-01")
    engines.reboot_apple(mac)
    report = fleet("apply", applied, "--limit", "mac-01", expect=0)
    assert [one["address"] for one in report["macs"][0]["changes"]] == ["apple_container.system", SHOP]
    assert inside(mac)["containers"]["shop-web"]["state"] == "running"


def test_apples_own_package_is_used_and_left_as_it_was(lab: SimulatedLab, file: str) -> None:
    mac = lab.mac(KEPT)
    engines.bring_apple(mac)
    own = "/usr/local/bin/container"
    assert mac.ssh(f"{own} system start --disable-kernel-install && {own} volume create theirs").returncode == 0
    fleet("apply", file, "--limit", KEPT, expect=0)
    assert not (mac.root / "opt/homebrew/Cellar/container").exists(), "one is enough"
    fleet("destroy", file, KEPT, "--delete-volumes", "--yes", expect=0)
    assert (inside(mac)["containers"], list(inside(mac)["volumes"])) == ({}, ["theirs"])
    assert mac.ssh(f"{own} system status").returncode == 0, "it ran before"


@pytest.mark.parametrize("fault", ["apple-container-deaf", "nobody-at-the-screen"])
def test_trouble_is_told_or_gone_around(lab: SimulatedLab, file: str, fault: str) -> None:
    mac = lab.mac("mac-01")
    quick = lab_file(lab, runtime="apple-container", stacks=STACKS, apple_container={"start_timeout": "3s"})
    mac.ssh("/opt/homebrew/bin/container system stop; launchctl bootout gui/501/io.carbon-fleet.container.shop-web")
    (mac.shared / "faults" / fault).touch()
    deaf = fault == "apple-container-deaf"
    report = fleet("apply", quick, "--limit", "mac-01", expect=4 if deaf else 0)
    assert ("container system logs" in json.dumps(report["macs"][0]["failures"])) is deaf
    assert deaf or "user/501" in (mac.shared / "launchd.json").read_text(), "a user who is only there by ssh"
    (mac.shared / "faults" / fault).unlink()
    fleet("apply", quick, "--limit", "mac-01", expect=0)


@pytest.mark.parametrize(("macos", "code"), [("15.7.1", "APPLE_CONTAINER_MACOS"), ("26.1", "")])
def test_a_mac_that_cannot_is_refused_before_anything_is_done(
    lab: SimulatedLab, file: str, macos: str, code: str
) -> None:
    fault = lab.mac(BARE).shared / "faults/of-the-test"
    fault.write_text(f"MACOS={macos}\n")
    report = fleet("plan", file, "--limit", BARE, expect=3 if code else 2)
    fault.unlink()
    assert [one["code"] for one in report["macs"][0]["failures"]] == ([code] if code else [])


@pytest.mark.parametrize(("when", "first"), [("after", 4), ("during", 4 + KILLS)])
def test_killed_at_any_command_it_goes_on(lab: SimulatedLab, file: str, when: str, first: int) -> None:
    names = [f"mac-{number:02}" for number in range(first, first + KILLS)]
    words = [f"{name}={place}" for place, name in enumerate(names, 1)]
    command = [sys.executable, "-m", "tests.sim.killed_many", file, when, *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=Path(__file__).parents[2])
    # Whether there is a last one to be killed in depends on who is quicker: a command may be over before it was in its
    # midst, and launchd may have started what else would have been asked for.
    ended = list(json.loads(ran.stdout).values())
    assert ended[: KILLS - 1] == [-9] * (KILLS - 1), ran.stderr
    fleet("apply", file, "--limit", ",".join(names), expect=0)
    report = fleet("apply", file, "--limit", ",".join(names), expect=0)
    assert [one["changes"] for one in report["macs"]] == [[]] * KILLS
    assert [inside(lab.mac(name))["containers"]["shop-web"]["state"] for name in names] == ["running"] * KILLS


def test_killed_in_a_change_it_goes_on(lab: SimulatedLab, applied: str) -> None:
    """A definition that has changed is made anew: killed before, between and after."""
    web = {**STACKS[0]["containers"]["web"], "environment": {"PRICE": "6$"}, "restart": "on-failure"}
    other = lab_file(
        lab, runtime="apple-container", stacks=[{"name": "shop", "containers": {"web": web}}], images={"venus": {}}
    )
    command = [sys.executable, "-m", "tests.sim.killed_many", other, "during", "mac-01=1"]
    ended = []
    for _ in range(3):
        ran = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=Path(__file__).parents[2])
        ended.append(json.loads(ran.stdout)["mac-01"])
    assert ended[0] == -9, "each time in the midst of the first command that is left"
    fleet("apply", other, "--limit", "mac-01", expect=0)
    assert fleet("apply", other, "--limit", "mac-01", expect=0)["macs"][0]["changes"] == []
    assert "PRICE=6$" in inside(lab.mac("mac-01"))["containers"]["shop-web"]["environment"]
