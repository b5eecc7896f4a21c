"""The proof: a computation in a container, right, on a Venus device whose host device is the Mac's GPU.

It is run anew here and judged by the numbers and names it reports, not by its own verdict alone: first the short check,
then the whole proof, by the same rules as `carbon-fleet prove`.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from carbon_fleet.prove.deadline import patience
from carbon_fleet.prove.document import Foreign, Proof, read_proof
from carbon_fleet.prove.judge import judge
from carbon_fleet.spec import Mac
from carbon_fleet.verify.record import Recorder
from carbon_fleet.verify.wish import Unit

APPLE = re.compile(r"Virtio-GPU Venus \(Apple ")
APPLE_VENDOR = 0x106B
SECONDS = 90
pytestmark = [
    pytest.mark.podman,
    pytest.mark.remedy("see `podman exec vulkan-check vulkan-check once` in the machine, and docs/verify.md"),
]


@pytest.fixture(scope="module")
def inside(container: Callable[[str], Host], check_unit: Unit) -> Host:
    """The container that proves."""
    return container(check_unit.container_name)


@pytest.fixture(scope="module")
def proof(inside: Host) -> dict[str, Any]:
    """What `vulkan-check once --json` reports."""
    said = inside.run("vulkan-check once --json", deadline=SECONDS)
    try:
        document: dict[str, Any] = json.loads(said.stdout)
    except ValueError:
        words = (said.stderr.strip() or said.stdout.strip() or f"status {said.rc}").splitlines()
        pytest.fail(f"vulkan-check reported nothing: {words[-1]}", pytrace=False)
    return document


@pytest.fixture(scope="module")
def measured(inside: Host, check_unit: Unit) -> Proof:
    """What `vulkan-check prove --json` measures."""
    deadline = patience(check_unit.container.environment)
    said = inside.run("vulkan-check prove --json", deadline=deadline)
    try:
        return read_proof(said.stdout)
    except Foreign as foreign:
        words = said.stderr.strip().splitlines() or [str(foreign)]
        pytest.fail(f"vulkan-check proved nothing: {words[-1]}", pytrace=False)


def test_a_proof_is_wished(wish: Mac) -> None:
    from carbon_fleet.verify.wish import EACH

    if not EACH["check_unit"](wish):
        pytest.skip("no container of the image vulkan-check is wished: that containers compute on the GPU is not shown")


def test_venus_enumerates(proof: dict[str, Any]) -> None:
    drivers = [device["driver_id"] for device in proof["devices"]]
    found = ", ".join(f"{device['name']} [{device['driver_id']}]" for device in proof["devices"]) or "none"
    assert "MESA_VENUS" in drivers, f"no device has the driver Venus; there is {found}"


def test_numbers_are_right(proof: dict[str, Any]) -> None:
    result = proof["compute"]
    assert result["through"], f"nothing was computed: {proof['verdict']['why']}"
    right = result["ok"] and result["wrong_values"] == 0 and result["elements"] > 0
    assert right, f"{result['wrong_values']} of {result['elements']} values computed on {result['device']} are wrong"


def test_the_gpu_computed(proof: dict[str, Any], wish: Mac, recorder: Recorder) -> None:
    result, verdict = proof["compute"], proof["verdict"]
    recorder.gpu(_gpu(proof))
    if _on_apple(proof):
        assert verdict["accepted"], f"vulkan-check refuses it: {verdict['why']}"
        return
    what = f"{result['device']} computed, through {result['through']}: that is software, not a Mac's GPU"
    assert wish.accept_software_gpu, f"{what}; only a simulated lab may say `accept_software_gpu: true`"
    assert verdict["accepted"], f"vulkan-check refuses even that: {verdict['why']}"
    why = "this lab accepts it (accept_software_gpu: true): a simulated lab has no GPU"
    recorder.notice("gpu", "GPU_SOFTWARE", what, why, "on a real Mac, leave accept_software_gpu out")


def test_the_whole_proof_stands(measured: Proof, wish: Mac) -> None:
    against = judge(measured, accept_software=wish.accept_software_gpu).failures
    assert not against, "; ".join(f"{failure.code}: {failure.what}; {failure.remedy}" for failure in against)


def _on_apple(proof: dict[str, Any]) -> bool:
    result = proof["compute"]
    device = next((one for one in proof["devices"] if one["driver_id"] == "MESA_VENUS"), None)
    if device is None or device["type"] == "CPU" or device["vendor_id"] != APPLE_VENDOR:
        return False
    return APPLE.match(device["name"]) is not None and (result["through"], result["device"]) == (
        "venus",
        device["name"],
    )


def _gpu(proof: dict[str, Any]) -> str:
    result, venus = proof["compute"], proof["venus"]["device"]
    if result["through"] == "venus" or not result["device"]:
        return str(result["device"] or "none")
    return f"{result['device']}, not through Venus ({venus['name'] if venus else 'no Venus device'})"
