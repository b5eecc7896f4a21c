"""`matrix --try` on a modelled Mac with every runtime: what did not run is started, tried, stopped, and as it was.

The engines are stand-ins; that their starts are measured, waited for and undone is not.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.matrix.trying import image_for
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.sim import engines, lima
from carbon_fleet.sim.faults import inject
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from carbon_fleet.spec import load_lab
from operations.image.recipe import Recipe
from tests.sim.runs import fleet, lab_file

pytestmark = [pytest.mark.sim, pytest.mark.timeout(300)]
MAC = "mac-01"
PODMAN = "/opt/homebrew/bin/podman"
MACHINE = f'export TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)"; {PODMAN} machine'
TABLE = {
    "Docker Desktop": ("docker-desktop", "cannot compute", "no /dev/dri to give"),
    "Podman (applehv)": ("podman-applehv", "cannot compute", "no /dev/dri to give"),
    "Podman (libkrun CLI)": ("podman-libkrun", "not measured", "made up by the simulation"),
    "Podman + krunkit": ("podman-libkrun", "not measured", "made up by the simulation"),
    "Apple Container": ("apple-container", "cannot compute", "without a GPU"),
}
"""Each row of the Testing Summary this project began from: our runtime, and what is said of it on a modelled Mac.

Works and has a GPU there, of which no model may say so; that a model's devices come through Venus is asserted beside.
"""


@pytest.fixture(scope="module")
def mac(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedMac]:
    """A Mac with every runtime, each with the image, none of them running."""
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("try")) as running:
        fleet("apply", lab_file(running), expect=0)
        _everything(running, running.mac(MAC))
        yield running.mac(MAC)


@pytest.fixture(autouse=True)
def _mended(mac: SimulatedMac) -> Iterator[None]:
    yield
    for name in (path.name for path in (mac.shared / "faults").iterdir()):
        if name.startswith("engine-"):
            (mac.shared / "faults" / name).unlink()


def _file(mac: SimulatedMac) -> str:
    return str(Path(mac.state.key).parent / "lab-of-the-test.yml") if False else _FILES[mac.name]


_FILES: dict[str, str] = {}


def _everything(lab: SimulatedLab, mac: SimulatedMac) -> None:
    _FILES[mac.name] = lab_file(lab)
    recipe = image_for(load_lab(lab.file, lab_sections()).mac(MAC))
    assert recipe is not None
    _docker(mac, recipe)
    inject(mac, "apple-container")
    engines.give_image(mac, "apple", recipe.tag, recipe.digest)
    said(mac, "/opt/homebrew/bin/container system stop")
    lima.add_lima(mac, running=False)
    lima.add_colima(mac, running=False)
    for folder in (".lima/default", ".colima/_lima/colima"):
        lima.alter(mac, folder, images={recipe.tag: recipe.digest})
    said(mac, f"{MACHINE} stop carbon")
    _applehv(mac, recipe)


def _docker(mac: SimulatedMac, recipe: Recipe) -> None:
    inject(mac, "docker-desktop")
    engines.accept_docker(mac)
    engines.give_image(mac, "docker", recipe.tag, recipe.digest)
    said(mac, "/Applications/Docker.app/Contents/Resources/bin/docker desktop stop")


def _applehv(mac: SimulatedMac, recipe: Recipe) -> None:
    """A machine as somebody makes it by hand, with the image in it."""
    by = "CONTAINERS_MACHINE_PROVIDER=applehv"
    said(mac, f"export {by}; {MACHINE} init --cpus 2 --memory 2048 --disk-size 20 plain && {PODMAN} machine start plain")
    text = f"FROM scratch\\nLABEL io.carbon-fleet.inputs={recipe.digest}\\n"
    build = f"{PODMAN} --connection plain-root build -t {recipe.tag} -f Containerfile ."
    said(mac, f"mkdir -p /tmp/i && cd /tmp/i && printf '{text}' >Containerfile && {build}")
    said(mac, f"export {by}; {MACHINE} stop plain")


def said(mac: SimulatedMac, command: str) -> str:
    ran = mac.ssh(command)
    assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
    return ran.stdout.strip()


def tried(mac: SimulatedMac, *more: str, expect: int = 0) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    (found,) = fleet("matrix", _FILES[MAC], MAC, *more, expect=expect)["macs"]
    return {entry["runtime"]: entry for entry in found["measured"]["matrix"]["runtimes"]}, found


def running(mac: SimulatedMac) -> list[str]:
    """Which runtimes run now, asked of each by itself."""
    found = []
    if (mac.home / ".docker/run/docker.sock").exists():
        found.append("docker-desktop")
    for name, provider in (("carbon", "libkrun"), ("plain", "applehv")):
        by = f"CONTAINERS_MACHINE_PROVIDER={provider}"
        if said(mac, f"export {by}; {MACHINE} inspect --format '{{{{.State}}}}' {name}") == "running":
            found.append(f"podman-{provider}")
    if json.loads((mac.shared / "engines.json").read_text())["apple"]["running"]:
        found.append("apple-container")
    for folder in (".lima/default", ".colima/_lima/colima"):
        if lima.known(mac, folder)["status"] == "Running":
            found.append(folder)
    return found


@pytest.fixture(scope="module")
def all_tried(mac: SimulatedMac) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    return tried(mac, "--try", "--yes")


def test_the_testing_summary_is_reproduced(all_tried: tuple[dict[str, dict[str, Any]], dict[str, Any]]) -> None:
    entries, _ = all_tried
    for row, (runtime, verdict, why) in TABLE.items():
        entry = entries[runtime]
        assert entry["verdict"] == verdict, f"{row}: {entry}"
        assert why in entry["why"], f"{row}: {entry}"
        assert entry["version"] or runtime == "x", row
        assert entry["starts_in"] is not None, row
    assert {name for name, entry in entries.items() if entry["through"] == "venus"} == {
        "podman-libkrun",
        "lima",
        "colima",
    }, "only what krunkit runs gave a Venus device"
