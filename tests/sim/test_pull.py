"""An image brought in by its digest: nothing is built, a second run is empty, and what drifts is brought in again."""

import json
from collections.abc import Iterator

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import attributes, commands, fleet, guest, lab_file

pytestmark = pytest.mark.sim


def reference(digit: str) -> str:
    return f"docker.io/carbon/vulkan-check@sha256:{digit * 64}"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> str:
    path = lab_file(lab, images={"vulkan-check": {"pull": reference("1")}})
    said = commands(fleet("apply", path, expect=0))
    assert any(reference("1") in command for command in said)
    assert not any("podman build" in command for command in said)
    return path


def test_a_second_run_is_empty_and_verify_agrees(file: str) -> None:
    assert commands(fleet("apply", file, expect=0)) == []
    fleet("verify", file, expect=0)


@pytest.mark.parametrize(
    ("command", "attribute"),
    [
        ("podman rmi -f {tag}", "tag"),
        ("podman pull -q docker.io/carbon/other && podman tag docker.io/carbon/other {tag}", "pull"),
    ],
)
def test_drift_is_named_and_healed(lab: SimulatedLab, file: str, command: str, attribute: str) -> None:
    images = json.loads(guest(lab, "mac-01", "podman images --format json").stdout)
    (tag,) = [name for image in images for name in image["Names"] if name.startswith("localhost/carbon-fleet/")]
    assert guest(lab, "mac-01", command.format(tag=tag)).returncode == 0
    assert ("image.vulkan-check", attribute) in attributes(fleet("drift", file, expect=2))
    fleet("apply", file, expect=0)
    fleet("drift", file, expect=0)


def test_a_wish_for_another_digest_replaces_it_and_the_one_before_is_the_way_back(lab: SimulatedLab, file: str) -> None:
    for digit in "24":
        path = lab_file(lab, images={"vulkan-check": {"pull": reference(digit)}})
        fleet("apply", path, expect=0)
    assert commands(fleet("apply", path, expect=0)) == []
    left = guest(lab, "mac-01", "podman images --format json").stdout
    assert reference("4").partition("@")[2] in left
    assert reference("2").partition("@")[2] in left
    assert reference("1").partition("@")[2] not in left


def test_an_image_carbon_fleet_did_not_build_is_refused_in_words(lab: SimulatedLab) -> None:
    path = lab_file(lab, images={"vulkan-check": {"pull": f"docker.io/somebody/thing@sha256:{'3' * 64}"}})
    (mac,) = fleet("apply", path, expect=4)["macs"]
    assert "carbon-fleet did not build it" in mac["failures"][0]["what"]
