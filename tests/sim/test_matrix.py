"""`carbon-fleet matrix` on modelled Macs: every runtime there, stopped, without the image, and tried."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.matrix.trying import image_for
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.sim import engines
from carbon_fleet.sim.faults import inject
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.spec import load_lab
from operations.image.recipe import Recipe
from tests.sim.runs import fleet, lab_file

pytestmark = [pytest.mark.sim]
MAC = "mac-01"
PODMAN = "/opt/homebrew/bin/podman"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=2, vm="modelled", state=tmp_path_factory.mktemp("matrix")) as running:
        yield running


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> str:
    path = lab_file(lab)
    fleet("apply", path, "--limit", MAC, expect=0)
    return path


@pytest.fixture
def recipe(lab: SimulatedLab) -> Recipe:
    found = image_for(load_lab(lab.file, lab_sections()).mac(MAC))
    assert found is not None
    return found


def matrix(file: str, mac: str = MAC) -> dict[str, dict[str, Any]]:
    report = fleet("matrix", file, mac, expect=0)
    return {entry["runtime"]: entry for entry in report["macs"][0]["measured"]["matrix"]["runtimes"]}


def test_a_bare_mac_has_none(file: str) -> None:
    seen = matrix(file, "mac-02")
    containers = ["docker-desktop", "podman-applehv", "podman-libkrun", "lima", "colima", "apple-container"]
    assert list(seen) == [*containers, "native"]
    assert {seen[name]["verdict"] for name in containers} == {"not there"}
    assert seen["podman-libkrun"]["why"] == "podman is not installed"
    assert seen["native"]["why"] == "no native tool declared"


def test_a_model_is_never_called_measured(file: str) -> None:
    libkrun = matrix(file)["podman-libkrun"]
    assert (libkrun["present"], libkrun["running"], libkrun["through"]) == (True, True, "venus")
    assert (libkrun["verdict"], libkrun["computed"]) == ("not measured", None)
    assert "made up by the simulation" in libkrun["why"]


def test_a_stopped_machine_is_there_and_is_not_started(lab: SimulatedLab, file: str) -> None:
    run = f'export TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)"; {PODMAN} machine'
    assert lab.mac(MAC).ssh(f"{run} stop carbon").returncode == 0
    entry = matrix(file)["podman-libkrun"]
    assert (entry["present"], entry["running"], entry["verdict"]) == (True, False, "not measured")
    assert "podman machine start carbon" in entry["remedy"]
    state = lab.mac(MAC).ssh(f"{run} inspect --format '{{{{.State}}}}' carbon").stdout.strip()
    assert state == "stopped"
    assert lab.mac(MAC).ssh(f"{run} start carbon").returncode == 0


def test_docker_desktop_through_all_its_states(lab: SimulatedLab, file: str, recipe: Recipe) -> None:
    mac = lab.mac(MAC)
    inject(mac, "docker-desktop")
    engines.accept_docker(mac)
    entry = matrix(file)["docker-desktop"]
    assert (entry["version"], entry["running"], entry["verdict"]) == (engines.DOCKER_VERSION, True, "not measured")
    assert recipe.tag in entry["why"]
    assert f"save {recipe.tag} | DOCKER_HOST=unix:///Users/lab/.docker/run/docker.sock docker load" in entry["remedy"]

    engines.give_image(mac, "docker", recipe.tag, "0" * 64)
    assert "made from other inputs" in matrix(file)["docker-desktop"]["why"]

    engines.give_image(mac, "docker", recipe.tag, recipe.digest)
    entry = matrix(file)["docker-desktop"]
    assert (entry["verdict"], entry["computed"], entry["device"]) == ("cannot compute", None, None)
    assert "no /dev/dri to give" in entry["why"]

    assert mac.ssh("/Applications/Docker.app/Contents/Resources/bin/docker desktop stop").returncode == 0
    entry = matrix(file)["docker-desktop"]
    assert (entry["present"], entry["running"], entry["verdict"]) == (True, False, "not measured")
    assert "docker desktop start" in entry["remedy"]


def test_apples_container_through_all_its_states(lab: SimulatedLab, file: str, recipe: Recipe) -> None:
    mac = lab.mac(MAC)
    inject(mac, "apple-container")
    entry = matrix(file)["apple-container"]
    assert (entry["version"], entry["running"], entry["verdict"]) == ("1.1.0", True, "not measured")
    assert "container image load --input" in entry["remedy"]

    engines.give_image(mac, "apple", recipe.tag, recipe.digest)
    entry = matrix(file)["apple-container"]
    assert (entry["verdict"], entry["computed"]) == ("cannot compute", None)
    assert "without a GPU" in entry["why"]

    assert mac.ssh("/opt/homebrew/bin/container system stop").returncode == 0
    entry = matrix(file)["apple-container"]
    assert (entry["running"], entry["verdict"]) == (False, "not measured")
    assert "container system start" in entry["remedy"]


def test_a_machine_of_the_other_provider_is_found(lab: SimulatedLab, file: str) -> None:
    init = f"CONTAINERS_MACHINE_PROVIDER=applehv {PODMAN} machine init --cpus 2 --memory 2048 --disk-size 20 plain"
    made = lab.mac(MAC).ssh(f'export TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)"; {init}')
    assert made.returncode == 0, made.stderr
    entry = matrix(file)["podman-applehv"]
    assert (entry["present"], entry["running"], entry["verdict"]) == (True, False, "not measured")
    assert "CONTAINERS_MACHINE_PROVIDER=applehv podman machine start plain" in entry["remedy"]


def test_a_declared_native_tool_lists_and_is_not_said_to_compute(lab: SimulatedLab, file: str) -> None:
    assert matrix(file)["native"]["why"] == "no native tool declared"
    declared = lab_file(lab, homebrew={"formulae": {"llama.cpp": {}}})
    Path(declared).rename(other := Path(declared).with_name("native.yml"))
    lab_file(lab)
    assert matrix(str(other))["native"]["verdict"] == "not there", "declared, not yet applied"
    ran = lab.mac(MAC).ssh("HOMEBREW_NO_AUTO_UPDATE=1 /opt/homebrew/bin/brew install llama.cpp")
    assert ran.returncode == 0, ran.stderr
    entry = matrix(str(other))["native"]
    assert (entry["verdict"], entry["computed"]) == ("not measured", None)
    assert entry["device"].startswith("MTL0: Apple M4")
    assert "listing is not computing" in entry["why"]


def test_the_costs_are_one_look_and_one_try_for_each(file: str) -> None:
    mac = fleet("matrix", file, MAC, expect=0)["macs"][0]
    assert (mac["execs"], mac["results"]) == (3, []), "the probe, the look, and Podman libkrun: the others do not run"


def test_several_macs_stand_side_by_side(file: str) -> None:
    import subprocess
    import sys

    ran = subprocess.run(
        [sys.executable, "-m", "carbon_fleet", "matrix", file, "-q"], capture_output=True, text=True, timeout=300
    )
    assert ran.returncode == 0, ran.stderr
    lines = [line for line in ran.stdout.splitlines() if line.startswith("mac-0")]
    assert len(lines) == 2
    assert lines[1].count("not there") == 6
