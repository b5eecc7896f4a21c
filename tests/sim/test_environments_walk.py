"""What makes a Python environment, killed at each command and in its midst; every way it drifts; a guarded index.

Minutes: only with -m environments (`make test-environments`).
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.sim import uv
from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.environment_lab import (
    ALPHA,
    ALPHA_NEWER,
    BETA,
    FOLDER,
    at,
    installed,
    put_lock,
    stocked,
    wish,
    with_environments,
)
from tests.sim.package_index import PackageIndex, serving
from tests.sim.runs import attributes, fleet

pytestmark = [pytest.mark.environments, pytest.mark.skipif(uv.program() is None, reason="there is no uv here")]
MAC = "mac-01"
ROUNDS = {
    "the note is gone": (f"rm $HOME/{FOLDER}/ml/carbon-fleet.note", ("environment.ml", "lock")),
    "its Python is gone": ("rm -rf $HOME/.local/share/carbon-fleet/python/cpython-*", ("environment.ml", "python")),
    "its name is gone": (f"rm $HOME/{FOLDER}/ml", ("environment.ml", "lock")),
    "it leads nowhere": (f"rm -rf $HOME/{FOLDER}/.made/ml.*", ("environment.ml", "lock")),
    "a run was cut off": (f"mkdir $HOME/{FOLDER}/.made/ml.x", ("environment.ml", "left")),
    "nobody wishes it": (
        f"mkdir -p $HOME/{FOLDER}/.made/old.a && ln -s .made/old.a $HOME/{FOLDER}/old",
        ("environment.old", "environment"),
    ),
    "a Python nobody needs": (
        "mkdir -p $HOME/.local/share/carbon-fleet/python/cpython-3.9.1-macos-aarch64-none/bin",
        ("environment.cpython-3.9.1-macos-aarch64-none", "python"),
    ),
}


@pytest.fixture(scope="module")
def index() -> Iterator[PackageIndex]:
    with serving(stocked()) as running:
        yield running


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("environments")) as running:
        yield running


@pytest.fixture(scope="module")
def file(lab: SimulatedLab, index: PackageIndex) -> str:
    put_lock(lab, index.lock(ALPHA, BETA))
    path = with_environments(lab, ml=wish(index))
    fleet("apply", path, expect=0)
    return path


@pytest.mark.parametrize("name", ROUNDS)
def test_drift_is_named_and_healed(lab: SimulatedLab, file: str, name: str) -> None:
    command, named = ROUNDS[name]
    ran = lab.mac(MAC).ssh(command)
    assert ran.returncode == 0, ran.stderr
    assert named in attributes(fleet("drift", file, expect=2))
    fleet("apply", file, expect=0)
    assert fleet("drift", file, expect=0)["macs"][0]["changes"] == []
    assert installed(lab.mac(MAC)) == {"alpha-1.0", "beta-2.0"}


def test_somebody_else_s_folder_is_left_alone(lab: SimulatedLab, file: str) -> None:
    mac = lab.mac(MAC)
    assert mac.ssh(f"mv $HOME/{FOLDER}/ml $HOME/kept && mkdir $HOME/{FOLDER}/ml").returncode == 0
    (failure,) = fleet("apply", file, expect=3)["macs"][0]["failures"]
    assert failure["code"] == "ENVIRONMENT_NOT_OURS"
    assert mac.ssh(f"rmdir $HOME/{FOLDER}/ml && mv $HOME/kept $HOME/{FOLDER}/ml").returncode == 0
    assert fleet("apply", file, expect=0)["macs"][0]["changes"] == []


@pytest.mark.parametrize("when", ["during", "after"])
@pytest.mark.parametrize("last", [1, 2])
def test_killed_at_any_command_it_goes_on(
    lab: SimulatedLab, file: str, index: PackageIndex, when: str, last: int
) -> None:
    mac = lab.mac(MAC)
    wheels = (ALPHA, BETA) if installed(mac) != {"alpha-1.0", "beta-2.0"} else (ALPHA_NEWER, BETA)
    put_lock(lab, index.lock(*wheels))
    command = [sys.executable, "-m", "tests.sim.killed_many", file, when, f"{MAC}={last}"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[2])
    assert json.loads(ran.stdout) == {MAC: -9}, ran.stderr
    fleet("apply", file, expect=0)
    assert fleet("apply", file, expect=0)["macs"][0]["changes"] == []
    assert installed(mac) == {"-".join(name.split("-")[:2]) for name, _ in wheels}
    assert [path.name for path in (mac.home / FOLDER / ".made").iterdir()] == [at(mac).name]


def test_an_index_wants_its_login(
    lab: SimulatedLab, file: str, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    mac, guarded = lab.mac(MAC), stocked()
    monkeypatch.setenv("LAB_INDEX", "s3cret-word")
    guarded.login = "lab:s3cret-word"
    put_lock(lab, guarded.lock(ALPHA), "own")
    with serving(guarded):
        closed = {**wish(guarded), "lock": "envs/own.txt"}
        (failure,) = fleet("apply", with_environments(lab, own=closed), expect=4)["macs"][0]["failures"]
        assert failure["code"] == "ENVIRONMENT_LOGIN"
        opened = {**closed, "index": {"url": guarded.url, "user": "lab", "password": "pypi"}}
        source = {"pypi": {"source": "env", "name": "LAB_INDEX"}}
        report = fleet("apply", with_environments(lab, source, own=opened), expect=0)
        assert "s3cret-word" not in json.dumps(report)
    assert installed(mac, "own") == {"alpha-1.0"}
    assert not (mac.home / FOLDER / "ml").exists(), "nobody wishes it any more"
    assert with_environments(lab, ml=wish(index)) == file
    fleet("apply", file, expect=0)
    assert not (mac.home / FOLDER / "own").exists()
