"""vulkan-check prove: its verdict on every known false positive, and the order of its steps."""

import importlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROOFS = ROOT / "tests" / "fixtures" / "proof"

sys.path.insert(0, str(ROOT / "files" / "images" / "vulkan-check"))
model, proofs, measure, report, verdicts = (
    importlib.import_module(f"vulkan_check.{name}")
    for name in (
        "model",
        "proof.model",
        "proof.measure",
        "proof.report",
        "proof.verdict",
    )
)
CODES = {
    "ok-apple": (True, "ok"),
    "ok-software": (True, "software"),
    "ok-software-lavapipe": (True, "software"),
    "llvmpipe-fallback": (False, "software"),
    "empty-capset": (False, "empty-capset"),
    "zero-device": (False, "empty-capset"),
    "no-device-node": (False, "no-device-node"),
    "garbage-numbers": (False, "wrong-numbers"),
    "hangs": (False, "timeout"),
    "hangs-at-setup": (False, "timeout"),
    "cpu-speed": (False, "cpu-speed"),
}


def document(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((PROOFS / f"{name}.json").read_text())
    return read


def proof(name: str) -> Any:
    return proofs.Proof.from_json(document(name), "missing" if name == "no-device-node" else "present")


def test_every_document_is_listed_and_explained() -> None:
    assert {path.stem for path in PROOFS.glob("*.json")} == set(CODES)
    told = (PROOFS / "README.md").read_text()
    assert all(f"`{name}`" in told for name in CODES)


@pytest.mark.parametrize("name", sorted(CODES))
def test_a_document_comes_out_as_it_went_in_and_gets_its_verdict(name: str) -> None:
    recorded = document(name)
    made = json.loads(json.dumps(report.document(proof(name), recorded["accept"])))
    assert {**made, "measured_at": ""} == {**recorded, "measured_at": ""}
    assert (made["verdict"]["accepted"], made["verdict"]["code"]) == CODES[name]
    assert made["verdict"]["accepted"] or made["verdict"]["remedy"]
    assert CODES[name][1] in report.text(made).splitlines()[0]


@pytest.mark.parametrize("name", sorted(set(CODES) - {"ok-apple"}))
def test_nothing_but_the_apple_gpu_passes_on_a_mac(name: str) -> None:
    assert not verdicts.verdict(proof(name), "apple").accepted


OK = proof("ok-apple")
FALLBACK = replace(OK.device, name="llvmpipe", driver_id="MESA_LLVMPIPE", type="CPU", vendor_id=65541)


def with_job(**change: Any) -> Any:
    return replace(OK, jobs=(*OK.jobs[:-1], replace(OK.jobs[-1], **change)))


@pytest.mark.parametrize("accept", ["apple", "software"])
@pytest.mark.parametrize(
    ("seen", "code"),
    [
        (with_job(wrong_values=1), "wrong-numbers"),
        (with_job(outcome="wrong"), "wrong-numbers"),
        (with_job(outcome="error"), "compute-failed"),
        (replace(OK, jobs=OK.jobs[:-1]), "compute-failed"),
        (replace(OK, compute=None), "compute-failed"),
        (replace(OK, bandwidth=None), "compute-failed"),
        (replace(OK, attempts=(*OK.attempts, model.Attempt("venus", "compute", "timeout", 20.0, "x"))), "timeout"),
        (replace(OK, device=None), "other-device"),
        (replace(OK, device=replace(OK.device, name="Virtio-GPU Venus (Apple M1)")), "other-device"),
        (replace(OK, device=FALLBACK), "other-device"),
        (replace(OK, devices=(replace(OK.device, heap_bytes=0),)), "empty-capset"),
        (replace(OK, devices=()), "no-venus"),
        (replace(OK, devices=(FALLBACK,)), "no-venus"),
    ],
)
def test_a_single_deviation_is_refused_everywhere(seen: Any, code: str, accept: str) -> None:
    judged = verdicts.verdict(seen, accept)
    assert (judged.accepted, judged.code) == (False, code)
    assert judged.remedy


@pytest.mark.parametrize(
    ("ratio", "code"), [(2.0, "ok"), (1.999, "cpu-speed"), (0.0, "cpu-speed"), (float("nan"), "cpu-speed")]
)
def test_the_bound_on_speed_holds_only_where_a_gpu_is_asked_for(ratio: float, code: str) -> None:
    rate = replace(
        OK.compute, ratio=9.0, gpu_gflop_s=ratio * 100, cpu_gflop_s=100.0
    )  # what is said of it does not count
    seen = replace(OK, compute=rate)
    assert verdicts.verdict(seen, "apple").code == code
    assert verdicts.verdict(seen, "software").accepted


def test_numbers_from_around_venus_prove_nothing_on_a_mac() -> None:
    seen = replace(OK, through="lavapipe", device=FALLBACK)
    assert verdicts.verdict(seen, "apple").code == "other-device"
    assert verdicts.verdict(seen, "software").code == "software"


@pytest.mark.parametrize(
    ("node", "outcome", "message", "code"),
    [
        ("missing", "no_device", "the driver offers no device", "no-device-node"),
        ("denied", "no_device", "the driver offers no device", "no-device-node"),
        ("present", "no_device", "the driver offers no device", "empty-capset"),
        ("present", "error", "vkEnumeratePhysicalDevices: ERROR_INITIALIZATION_FAILED", "empty-capset"),
        ("present", "error", "vkCreateInstance: ERROR_INCOMPATIBLE_DRIVER", "no-venus"),
        ("present", "error", "the Vulkan loader is missing", "no-venus"),
        ("missing", "error", "vkCreateInstance: ERROR_OUT_OF_HOST_MEMORY", "unrounded-driver"),
        ("present", "timeout", "no answer within 15 s", "timeout"),
    ],
)
def test_reasons_for_no_device_are_told_apart(node: str, outcome: str, message: str, code: str) -> None:
    listing = model.Attempt("venus", "enumerate", outcome, 0.1, message)
    judged = verdicts.verdict(proofs.Proof(node=node, attempts=(listing,)), "apple")
    assert (judged.accepted, judged.code) == (False, code)


def test_a_node_is_looked_at_as_the_container_sees_it(tmp_path: Path) -> None:
    assert measure.node(tmp_path / "none") == "missing"
    (tmp_path / "node").touch()
    assert measure.node(tmp_path / "node") == "present"
