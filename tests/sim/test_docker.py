"""Stacks by Docker Desktop on modelled Macs: from nothing to healthy, drift, verbs, kills, and gone again."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.sim import engines
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.docker_drift import COMPOSE, DOCKER, KEPT_MODEL, MODEL, ROUNDS, SETTINGS, SHOP, WEIGHTS
from tests.sim.runs import attributes, commands, fleet, lab_file, leaves
from tests.sim.test_destroy import changed, tree
from tests.sim.volume_files import archive_of, came_out

pytestmark = [pytest.mark.sim]
MAC, KEPT = "mac-01", "mac-02"
KILLS = 11
"""One Mac each for a kill at the first, second … command."""
WEB = {
    "image": "docker.io/library/nginx:1",
    "ports": ["8080:80"],
    "volumes": ["shop-data:/data"],
    "models": ["weights"],
    "secrets": {"TOKEN": "shop-token", "/run/secrets/token": "shop-token"},
    "environment": {"PRICE": "5$"},
    "health": {"command": "true"},
}
STACKS: list[Any] = [{"name": "shop", "containers": {"web": WEB}}]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=2 + KILLS, vm="modelled", state=tmp_path_factory.mktemp("docker")) as running:
        yield running


@pytest.fixture(scope="module")
def bare(lab: SimulatedLab) -> dict[str, str]:
    return tree(lab.mac(MAC))


@pytest.fixture(scope="module")
def file(lab: SimulatedLab, bare: dict[str, str]) -> str:
    """The lab file, applied to one Mac, at whose screen somebody accepted Docker's terms in between."""
    wish = {"cpus": 4, "memory": "8GiB", "disk": "64GiB", "start_at_login": True}
    weights = Path(lab.file).with_name("weights.gguf")
    weights.write_bytes(WEIGHTS)
    models = {"weights": {"url": str(weights), "sha256": MODEL}}
    path = lab_file(lab, runtime="docker", stacks=STACKS, docker=wish, images={"venus": {}}, models=models)
    before = fleet("apply", path, "--limit", MAC, expect=3)
    assert [one["code"] for one in before["macs"][0]["failures"]] == ["DOCKER_TERMS"]
    assert "homebrew.cask.docker-desktop" in {change["address"] for change in before["macs"][0]["changes"]}
    engines.accept_docker(lab.mac(MAC), Foreign="stays")
    fleet("apply", path, "--limit", MAC, expect=0)
    return path


@pytest.fixture
def mac(lab: SimulatedLab) -> SimulatedMac:
    return lab.mac(MAC)


def engine(mac: SimulatedMac) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((mac.shared / "engines.json").read_text())["docker"]
    return known


def test_a_second_run_is_empty(file: str) -> None:
    report = fleet("apply", file, "--limit", MAC, expect=0)
    assert (commands(report), report["macs"][0]["execs"]) == ([], 1)


def test_it_is_as_the_lab_file_says(file: str, mac: SimulatedMac) -> None:
    settings = json.loads((mac.home / SETTINGS).read_text())
    wanted = {"Cpus": 4, "MemoryMiB": 8192, "DiskSizeMiB": 65536, "AutoStart": True, "Foreign": "stays"}
    assert settings.items() >= wanted.items()
    web = engine(mac)["containers"]["shop-web"]
    token = (mac.home / ".config/carbon-fleet/secrets/shop-token").read_text()
    assert web["env"] == {"TOKEN": token, "PRICE": "5$"}
    assert engine(mac)["volumes"] == {"shop-data": "shop"}
    assert web["binds"] == [[f"/Users/lab/{KEPT_MODEL}", "/models/weights", "ro"]]
    assert not (mac.root / "opt/homebrew/Cellar/podman").exists(), "a Mac that runs no podman needs none"


def test_no_secret_is_told(file: str, mac: SimulatedMac) -> None:
    token = (mac.home / ".config/carbon-fleet/secrets/shop-token").read_text()
    ran = subprocess.run(
        [sys.executable, "-m", "carbon_fleet", "probe", file, MAC], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert "shop-web|running" in ran.stdout
    assert token not in ran.stdout
    assert token not in (mac.shared / "calls.jsonl").read_text()
    modes = {each.name: oct(each.stat().st_mode & 0o777) for each in (mac.home / COMPOSE).parent.iterdir()}
    names = ("compose.yaml", "good.yaml", "good.given", "shop-web.env", "shop-web.labels")
    assert modes == dict.fromkeys(names, "0o600")


def test_verify_looks_for_itself(file: str, mac: SimulatedMac) -> None:
    assert fleet("verify", file, "--limit", MAC, expect=0)["macs"][0]["tests"]["failed"] == 0
    assert mac.ssh(f"{DOCKER} rm --force shop-web").returncode == 0
    settings = json.loads((mac.home / SETTINGS).read_text())
    (mac.home / SETTINGS).write_text(json.dumps({**settings, "Cpus": 1}))
    assert mac.ssh(f"chmod u+w {KEPT_MODEL} && echo more >>{KEPT_MODEL}").returncode == 0
    report = fleet("verify", file, "--limit", MAC, expect=100)
    assert {one["address"].partition("[")[0] for one in report["macs"][0]["failures"]} == {
        f"{MAC} test_docker.py::test_docker_container_runs",
        f"{MAC} test_docker.py::test_docker_desktop_has_the_setting",
        f"{MAC} test_docker.py::test_docker_model_is_whole",
    }
    fleet("apply", file, "--limit", MAC, expect=0)


@pytest.mark.parametrize("name", ROUNDS)
def test_drift_is_named_and_healed(file: str, mac: SimulatedMac, name: str) -> None:
    for drift in ROUNDS[name]:
        drift.do(mac)
    seen = attributes(fleet("drift", file, "--limit", MAC, expect=2))
    assert {(drift.address, drift.attribute) for drift in ROUNDS[name]} <= seen
    fleet("apply", file, "--limit", MAC, expect=0)
    assert fleet("drift", file, "--limit", MAC, expect=0)["macs"][0]["changes"] == []


def test_a_secret_is_rotated_where_docker_runs_it(file: str, mac: SimulatedMac) -> None:
    before = engine(mac)["containers"]["shop-web"]["env"]["TOKEN"]
    report = fleet("secret", "rotate", file, MAC, "shop-token", expect=0)
    assert [one["address"] for one in report["macs"][0]["changes"]] == ["secret.shop-token", "docker.stack.shop.web"]
    assert engine(mac)["containers"]["shop-web"]["env"]["TOKEN"] != before


def test_a_stack_goes_back_to_the_file_it_had_before(lab: SimulatedLab, file: str, mac: SimulatedMac) -> None:
    (failure,) = fleet("rollback", file, MAC, "shop", "--yes", expect=3)["macs"][0]["failures"]
    assert (failure["code"], failure["address"]) == ("NOTHING_TO_GO_BACK_TO", "docker.stack.shop")
    whole = yaml.safe_load(Path(file).read_text())
    whole["defaults"]["stacks"][0]["containers"]["web"]["environment"]["PRICE"] = "6$"
    newer = Path(file).with_name("newer.yml")
    newer.write_text(yaml.safe_dump(whole))
    fleet("apply", str(newer), "--limit", MAC, expect=0)
    assert engine(mac)["containers"]["shop-web"]["env"]["PRICE"] == "6$"
    (told,) = fleet("rollback", str(newer), MAC, "shop", "--yes", expect=0)["macs"]
    assert ([one["code"] for one in told["notices"]], len(told["changes"])) == (["NOT_AS_THE_LAB_FILE"], 1)
    assert engine(mac)["containers"]["shop-web"]["env"]["PRICE"] == "5$"
    assert fleet("drift", file, "--limit", MAC, expect=0)["macs"][0]["changes"] == [], "as the older lab file says"
    fleet("drift", str(newer), "--limit", MAC, expect=2)


def test_what_needs_a_gpu_or_a_machine_says_that_there_is_none(file: str) -> None:
    (failure,) = fleet("prove", file, "--limit", MAC, expect=100)["macs"][0]["failures"]
    assert (failure["code"], "`docker`" in failure["what"]) == ("NO_GPU", True)
    entries = fleet("matrix", file, MAC, expect=0)["macs"][0]["measured"]["matrix"]["runtimes"]
    assert [one["running"] for one in entries if one["runtime"] == "docker-desktop"] == [True]
    (image,) = fleet("images", "list", file, "--limit", MAC, expect=0)["macs"][0]["measured"]["images"]
    assert (image["name"], image["there"]) == ("venus", True)
    assert fleet("doctor", file, MAC, expect=0)["macs"][0]["outcome"] == "healthy"


def test_a_volume_goes_in_and_comes_out_byte_by_byte(file: str, mac: SimulatedMac, tmp_path: Path) -> None:
    given = archive_of(tmp_path)
    (failure,) = fleet("volume", "import", file, MAC, "shop-data", *given, expect=3)["macs"][0]["failures"]
    assert (failure["code"], "shop-web" in failure["what"]) == ("VOLUME_IN_USE", True)
    assert fleet("volume", "import", file, MAC, "fresh", *given, expect=0)["macs"][0]["outcome"] == "changed"
    (failure,) = fleet("volume", "import", file, MAC, "fresh", *given, expect=3)["macs"][0]["failures"]
    assert failure["code"] == "VOLUME_NOT_EMPTY"
    came_out(file, MAC, "fresh", tmp_path)
    rows = fleet("volume", "list", file, MAC, expect=0)["macs"][0]["measured"]["volumes"]
    told_of = [(row["volume"], row["stack"], row["used_by"], row["runtime"]) for row in rows]
    assert told_of == [("fresh", "", "", "docker"), ("shop-data", "shop", "shop-web", "docker")]
    assert mac.ssh(f"{DOCKER} volume rm fresh").returncode == 0


def test_an_image_is_brought_from_the_mac_that_built_it(lab: SimulatedLab, file: str) -> None:
    mac = lab.mac(KEPT)
    engines.accept_docker(mac, Cpus=2)
    engines.add_docker(mac)
    for words in ("desktop stop", "desktop start", "volume create theirs"):
        assert mac.ssh(f"{DOCKER} {words}").returncode == 0
    built_once = Path(file).with_name("built-once.yml")
    built_once.write_text(Path(file).read_text().replace("defaults:\n", f"defaults:\n  build_on: {MAC}\n", 1))
    (told,) = fleet("apply", str(built_once), "--limit", KEPT, expect=0)["macs"]
    (entry,) = told["measured"]["spread"]
    assert (entry["image"].partition(":")[0], entry["builder"]) == ("localhost/carbon-fleet/venus", MAC)
    assert engine(mac)["images"][entry["image"]] == engine(lab.mac(MAC))["images"][entry["image"]]
    calls = [json.loads(line)["argv"] for line in (mac.shared / "calls.jsonl").read_text().splitlines()]
    assert not [one for one in calls if one[1:2] == ["build"]], "nothing is built there"


@pytest.fixture
def left(lab: SimulatedLab, file: str) -> Iterator[str]:
    """The same lab file while nothing in it names Docker Desktop any more."""
    named = Path(file).read_text()
    yield lab_file(lab, runtime="native", stacks=[])
    Path(file).write_text(named)


def test_what_the_lab_file_names_no_more_goes_but_data_and_itself(left: str, mac: SimulatedMac) -> None:
    gone = {SHOP, "docker.stack.shop", "docker.image.venus", f"docker.model.{MODEL[:12]}"}
    leaves(left, MAC, gone)
    assert (engine(mac)["containers"], engine(mac)["volumes"]) == ({}, {"shop-data": "shop"})
    assert not (mac.home / COMPOSE).parent.exists()
    assert mac.ssh(f"{DOCKER} version").returncode == 0, "whoever uses it has it still"


def test_it_is_as_it_was_found(left: str, mac: SimulatedMac, bare: dict[str, str]) -> None:
    """By a lab file that does not name it any more."""
    file = left
    (failure,) = fleet("destroy", file, MAC, "--yes", expect=3)["macs"][0]["failures"]
    assert (failure["code"], "shop-data" in failure["what"]) == ("CONSENT_MISSING", True)
    fleet("verify", file, "--limit", MAC, "--tier", "gone", expect=100)
    report = fleet("destroy", file, MAC, "--delete-volumes", "--yes", expect=0)
    assert report["macs"][0]["tests"]["failed"] == 0
    assert changed(bare, tree(mac)) == {}


def test_what_somebody_had_in_it_stays(lab: SimulatedLab, file: str) -> None:
    mac = lab.mac(KEPT)
    assert not list((mac.root / "opt/homebrew/Caskroom").iterdir()), "it was there, without Homebrew"
    assert fleet("apply", file, "--limit", KEPT, expect=0)["macs"][0]["changes"] == []
    fleet("destroy", file, KEPT, "--delete-volumes", "--yes", expect=0)
    left = engine(mac)
    ours = "localhost/carbon-fleet/"
    assert (left["containers"], left["volumes"]) == ({}, {"theirs": ""})
    assert [tag for tag in left["images"] if tag.startswith(ours)] == []
    assert json.loads((mac.home / SETTINGS).read_text())["Cpus"] == 2
    assert mac.ssh(f"{DOCKER} version").returncode == 0, "it ran before"


def test_killed_at_any_command_it_goes_on(lab: SimulatedLab, file: str) -> None:
    names = [f"mac-{number:02}" for number in range(3, 3 + KILLS)]
    for name in names:
        engines.accept_docker(lab.mac(name))
    command = [sys.executable, "-m", "tests.sim.killed_many", file, "after"]
    command += [f"{name}={place}" for place, name in enumerate(names, 1)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=Path(__file__).parents[2])
    assert json.loads(ran.stdout) == dict.fromkeys(names, -9), ran.stderr
    fleet("apply", file, "--limit", ",".join(names), expect=0)
    report = fleet("apply", file, "--limit", ",".join(names), expect=0)
    assert [one["changes"] for one in report["macs"]] == [[]] * KILLS
