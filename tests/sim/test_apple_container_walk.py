"""The long walks of Apple's `container`: every drift by itself, and a kill at every command: `make test-apple`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.apple_lab import AT_ONCE, ROUNDS, STACKS, inside
from tests.sim.runs import fleet, lab_file
from tests.sim.test_apple_container import heal

pytestmark = [pytest.mark.sim, pytest.mark.apple_walk]
KILLS = 10
"""One Mac each for a kill at the first, second … command."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1 + 2 * KILLS, vm="modelled", state=tmp_path_factory.mktemp("walk")) as running:
        yield running


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> str:
    return lab_file(lab, runtime="apple-container", stacks=STACKS, images={"venus": {}})


@pytest.fixture(scope="module")
def applied(file: str) -> str:
    fleet("apply", file, "--limit", "mac-01", expect=0)
    return file


@pytest.mark.parametrize("name", [name for name in ROUNDS if name not in AT_ONCE])
def test_drift_is_named_and_healed(lab: SimulatedLab, applied: str, name: str) -> None:
    heal(applied, lab.mac("mac-01"), name)


@pytest.mark.parametrize(("when", "first"), [("after", 2), ("during", 2 + KILLS)])
def test_killed_at_any_command_it_goes_on(lab: SimulatedLab, file: str, when: str, first: int) -> None:
    names = [f"mac-{number:02}" for number in range(first, first + KILLS)]
    words = [f"{name}={place}" for place, name in enumerate(names, 1)]
    command = [sys.executable, "-m", "tests.sim.killed_many", file, when, *words]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=Path(__file__).parents[2])
    ended = json.loads(ran.stdout)
    assert list(ended.values())[:5] == [-9] * 5, ran.stderr
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
    for place in range(1, 4):
        command = [sys.executable, "-m", "tests.sim.killed_many", other, "during", f"mac-01={place}"]
        subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=Path(__file__).parents[2], check=True)
    fleet("apply", other, "--limit", "mac-01", expect=0)
    assert fleet("apply", other, "--limit", "mac-01", expect=0)["macs"][0]["changes"] == []
    assert "PRICE=6$" in inside(lab.mac("mac-01"))["containers"]["shop-web"]["environment"]
