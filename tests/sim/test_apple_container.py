"""Stacks by Apple's `container` on modelled Macs: from nothing to healthy, drift, verbs, and gone again."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.apple_lab import AT_ONCE, CONTAINER, FOLDER, IMAGE, LABEL, PLIST, ROUNDS, SHOP, STACKS, images, inside
from tests.sim.runs import attributes, commands, fleet, lab_file, leaves
from tests.sim.test_destroy import changed, tree

pytestmark = [pytest.mark.sim]
MAC = "mac-01"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("apple")) as running:
        yield running


@pytest.fixture(scope="module")
def bare(lab: SimulatedLab) -> dict[str, str]:
    return tree(lab.mac(MAC))


@pytest.fixture(scope="module")
def file(lab: SimulatedLab, bare: dict[str, str]) -> str:
    """The lab file, applied to one Mac."""
    path = lab_file(lab, runtime="apple-container", stacks=STACKS, images={"venus": {}})
    fleet("apply", path, "--limit", MAC, expect=0)
    return path


@pytest.fixture
def mac(lab: SimulatedLab) -> SimulatedMac:
    return lab.mac(MAC)


def test_it_is_as_the_lab_file_says_and_a_second_run_is_empty(file: str, mac: SimulatedMac) -> None:
    report = fleet("apply", file, "--limit", MAC, expect=0)
    assert (commands(report), report["macs"][0]["execs"]) == ([], 1)
    web, token = inside(mac)["containers"]["shop-web"], (mac.home / ".config/carbon-fleet/secrets/shop-token")
    assert set(web["environment"]) == {f"TOKEN={token.read_text()}", "PRICE=5$"}
    assert [(one["hostAddress"], one["hostPort"], one["containerPort"]) for one in web["ports"]] == [
        ("127.0.0.1", 8080, 80)
    ]
    assert inside(mac)["volumes"] == {"shop-data": {"io.carbon-fleet.stack": "shop"}}
    assert [tag for tag in images(mac) if tag.startswith("localhost/carbon-fleet/venus:")]
    assert not (mac.root / "opt/homebrew/Cellar/podman").exists(), "a Mac that runs no podman needs none"
    assert mac.ssh(f"launchctl print {LABEL}").returncode == 0


def test_no_secret_is_told(file: str, mac: SimulatedMac) -> None:
    token = (mac.home / ".config/carbon-fleet/secrets/shop-token").read_text()
    ran = subprocess.run(
        [sys.executable, "-m", "carbon_fleet", "probe", file, MAC], capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    assert "shop-web|running|shop|web" in ran.stdout
    assert token not in ran.stdout
    assert token not in (mac.shared / "calls.jsonl").read_text()
    modes = {each.name: oct(each.stat().st_mode & 0o777) for each in (mac.home / FOLDER).iterdir()}
    assert modes == {"containers.json": "0o600", "shop-web.env": "0o600", "shop-web.secrets": "0o700"}


def test_verify_looks_for_itself(file: str, mac: SimulatedMac) -> None:
    assert fleet("verify", file, "--limit", MAC, expect=0)["macs"][0]["tests"]["failed"] == 0
    for command in (
        f"{CONTAINER} delete --force shop-web",
        f"launchctl bootout {LABEL}",
        f"{CONTAINER} image rm {IMAGE}",
    ):
        assert mac.ssh(command).returncode == 0
    report = fleet("verify", file, "--limit", MAC, expect=100)
    names = {one["address"].partition("::")[2].partition("[")[0] for one in report["macs"][0]["failures"]}
    work = {
        f"test_apple_container_{name}" for name in ("runs", "does_its_work", "publishes_its_ports", "is_kept_running")
    }
    assert names == {*work, "test_apple_image_is_current"}
    fleet("apply", file, "--limit", MAC, expect=0)


def test_drift_is_named_and_healed(file: str, mac: SimulatedMac) -> None:
    heal(file, mac, AT_ONCE)


def heal(file: str, mac: SimulatedMac, name: str) -> None:
    for drift in ROUNDS[name]:
        drift.do(mac)
    seen = attributes(fleet("drift", file, "--limit", mac.name, expect=2))
    assert {(drift.address, drift.attribute) for drift in ROUNDS[name]} <= seen
    fleet("apply", file, "--limit", mac.name, expect=0)
    assert fleet("drift", file, "--limit", mac.name, expect=0)["macs"][0]["changes"] == []


def test_a_secret_is_rotated(file: str, mac: SimulatedMac) -> None:
    before = inside(mac)["containers"]["shop-web"]["environment"]
    report = fleet("secret", "rotate", file, MAC, "shop-token", expect=0)
    assert [one["address"] for one in report["macs"][0]["changes"]] == ["secret.shop-token", SHOP]
    after = inside(mac)["containers"]["shop-web"]["environment"]
    assert (after != before, len(after)) == (True, len(before))


def test_what_needs_a_gpu_says_that_there_is_none(file: str) -> None:
    (failure,) = fleet("prove", file, "--limit", MAC, expect=100)["macs"][0]["failures"]
    assert (failure["code"], "`apple-container`" in failure["what"]) == ("NO_GPU", True)


def test_what_the_lab_file_names_no_more_goes_but_data_and_itself(
    lab: SimulatedLab, file: str, mac: SimulatedMac
) -> None:
    named = Path(file).read_text()
    gone = {SHOP, "apple_container.stack.shop", "apple_container.image.venus"}
    leaves(lab_file(lab, runtime="native", stacks=[]), MAC, gone)
    Path(file).write_text(named)
    assert (inside(mac)["containers"], set(inside(mac)["volumes"])) == ({}, {"shop-data"})
    assert not (mac.home / PLIST).exists()
    assert mac.ssh(f"launchctl print {LABEL}").returncode != 0
    assert mac.ssh(f"{CONTAINER} system status").returncode == 0, "whoever uses it has it still"


def test_it_is_as_it_was_found(file: str, mac: SimulatedMac, bare: dict[str, str]) -> None:
    (failure,) = fleet("destroy", file, MAC, "--yes", expect=3)["macs"][0]["failures"]
    assert (failure["code"], "shop-data" in failure["what"]) == ("CONSENT_MISSING", True)
    report = fleet("destroy", file, MAC, "--delete-volumes", "--yes", expect=0)
    assert report["macs"][0]["tests"]["failed"] == 0
    assert changed(bare, tree(mac)) == {}
