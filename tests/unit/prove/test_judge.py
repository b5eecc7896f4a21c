"""The controller's own judgement: every known false positive fails it, and no verdict in the document helps."""

import json
from typing import Any

import pytest

from carbon_fleet.prove.document import read_proof
from carbon_fleet.prove.judge import judge
from tests.unit.prove.fixtures import NAMES, changed, plain, proof

ENDS = {
    "ok-apple": [],
    "ok-software": ["GPU_SOFTWARE", "VERDICT_DISAGREES"],
    "ok-software-lavapipe": ["GPU_SOFTWARE", "VERDICT_DISAGREES"],
    "llvmpipe-fallback": ["GPU_SOFTWARE"],
    "empty-capset": ["GPU_EMPTY"],
    "zero-device": ["GPU_EMPTY"],
    "no-device-node": ["GPU_NO_NODE"],
    "garbage-numbers": ["GPU_WRONG_NUMBERS"],
    "hangs": ["GPU_HUNG"],
    "hangs-at-setup": ["GPU_HUNG"],
    "cpu-speed": ["GPU_CPU_SPEED"],
}
"""On a lab of real Macs."""
SIMULATED = {
    **ENDS,
    "ok-software": [],
    "ok-software-lavapipe": [],
    "llvmpipe-fallback": ["PROOF_OTHER_RULE"],
    "cpu-speed": ["VERDICT_DISAGREES"],
}
"""On one that accepts software: there is no bound for the speed, but a document that refuses is no proof."""


def codes(document: Any, *, software: bool = False) -> list[str]:
    judgement = judge(document, accept_software=software)
    for finding in (*judgement.failures, *judgement.notices):
        assert finding.what
        assert finding.why
        assert finding.remedy
    assert judgement.accepted is not bool(judgement.failures)
    return [failure.code for failure in judgement.failures]


@pytest.mark.parametrize("name", NAMES)
def test_each_fixture_ends_as_it_must(name: str) -> None:
    assert codes(proof(name)) == ENDS[name]
    assert codes(proof(name), software=True) == SIMULATED[name]


@pytest.mark.parametrize("name", [name for name, ends in ENDS.items() if ends and not name.startswith("ok")])
def test_a_false_positive_that_says_ok_of_itself_is_told_so(name: str) -> None:
    document = plain(name)
    document["verdict"] = {"accepted": True, "code": "ok", "why": "all green", "remedy": ""}
    found = codes(read_proof(json.dumps(document)))
    assert found[-1] == "VERDICT_DISAGREES"
    assert found[:-1]


BENT: dict[str, tuple[tuple[tuple[str | int, ...], Any], str]] = {
    "another driver": ((("devices", 0, "driver_id"), "MESA_LLVMPIPE"), "GPU_NO_VENUS"),
    "a device of type CPU": ((("devices", 0, "type"), "CPU"), "GPU_SOFTWARE"),
    "llvmpipe in the name": ((("devices", 0, "name"), "Virtio-GPU Venus (Apple llvmpipe)"), "GPU_SOFTWARE"),
    "another name": ((("devices", 0, "name"), "Virtio-GPU Venus (AMD Radeon)"), "GPU_NOT_APPLE"),
    "Apple said elsewhere": ((("devices", 0, "name"), "llvmhost Virtio-GPU Venus (Apple M4)"), "GPU_NOT_APPLE"),
    "another vendor": ((("devices", 0, "vendor_id"), 0x1002), "GPU_NOT_APPLE"),
    "no vendor": ((("devices", 0, "vendor_id"), 0), "GPU_EMPTY"),
    "no memory": ((("devices", 0, "heap_bytes"), 0), "GPU_EMPTY"),
    "modelled": ((("modelled",), True), "GPU_SOFTWARE"),
    "computed elsewhere": ((("device", "name"), "llvmpipe (LLVM 19.1.7, 256 bits)"), "GPU_OTHER_DEVICE"),
    "computed with another memory": ((("device", "heap_bytes"), 1), "GPU_OTHER_DEVICE"),
    "computed around Venus": ((("through",), "lavapipe"), "GPU_OTHER_DEVICE"),
    "computed by nobody": ((("device",), None), "GPU_OTHER_DEVICE"),
    "one wrong value in a good job": ((("jobs", "affine-i32", 2**20, "wrong_values"), 1), "GPU_WRONG_NUMBERS"),
    "an error beyond the tolerance": ((("jobs", "matmul-f32", 0, "worst_error"), 1.0), "GPU_WRONG_NUMBERS"),
    "no number as error": ((("jobs", "matmul-f32", 0, "worst_error"), None), "GPU_WRONG_NUMBERS"),
    "a tolerance that takes all": ((("jobs", "matmul-f32", 0, "tolerance"), 2.0), "GPU_WRONG_NUMBERS"),
    "integers within a tolerance": ((("jobs", "affine-i32", 1, "tolerance"), 1e-5), "GPU_WRONG_NUMBERS"),
    "a job of nothing": ((("jobs", "matmul-f32", 0, "elements"), 0), "GPU_WRONG_NUMBERS"),
    "a job that broke": ((("jobs", "root-f32", 1000, "outcome"), "error"), "GPU_JOB_FAILED"),
    "a job that hung": ((("jobs", "root-f32", 1000, "outcome"), "timeout"), "GPU_HUNG"),
    "a job renamed away": ((("jobs", "sum-i32", 0, "name"), "sum-i64"), "PROOF_INCOMPLETE"),
    "integers called floats": ((("jobs", "sum-i32", 0, "kind"), "float"), "PROOF_INCOMPLETE"),
    "no large job": ((("jobs", "affine-i32", 2**20, "elements"), 2**19), "PROOF_INCOMPLETE"),
    "no job of one": ((("jobs", "root-f32", 1, "elements"), 2), "PROOF_INCOMPLETE"),
    "only whole workgroups": ((("jobs", "root-f32", 1000, "elements"), 1024), "PROOF_INCOMPLETE"),
    "no jobs at all": ((("jobs",), []), "PROOF_INCOMPLETE"),
    "no bandwidth": ((("bandwidth",), None), "PROOF_INCOMPLETE"),
    "no compute figure": ((("compute",), None), "PROOF_INCOMPLETE"),
    "no speed": ((("compute", "gpu_gflop_s"), 0.0), "PROOF_INCOMPLETE"),
    "as slow as a CPU": ((("compute", "gpu_gflop_s"), 150.0), "GPU_CPU_SPEED"),
}
"""One thing bent in a good document, whose own verdict stays `ok` → what stands against it."""


@pytest.mark.parametrize(("bend", "code"), BENT.values(), ids=BENT.keys())
def test_one_thing_bent_is_enough(bend: tuple[tuple[str | int, ...], Any], code: str) -> None:
    assert codes(changed("ok-apple", *bend)) == [code, "VERDICT_DISAGREES"]


def test_the_ratio_is_computed_not_read() -> None:
    assert plain("cpu-speed")["compute"]["ratio"] < 2
    assert codes(changed("cpu-speed", ("compute", "ratio"), 99.0)) == ["GPU_CPU_SPEED"]
    assert codes(changed("ok-apple", ("compute", "ratio"), 0.01)) == []


def test_a_good_proof_that_is_refused_is_a_disagreement() -> None:
    assert codes(changed("ok-apple", ("verdict", "accepted"), False)) == ["VERDICT_DISAGREES"]


def test_software_is_accepted_only_where_the_lab_says_so_and_then_said() -> None:
    for name, words in (("ok-software", "through Venus"), ("ok-software-lavapipe", "not through Venus")):
        (notice,) = judge(proof(name), accept_software=True).notices
        assert notice.code == "GPU_SOFTWARE"
        assert words in notice.what
    assert not judge(proof("ok-apple"), accept_software=True).notices


def test_software_must_have_computed_right_too() -> None:
    assert (
        codes(changed("ok-software", ("jobs", "matmul-f32", 0, "wrong_values"), 7), software=True)[0]
        == "GPU_WRONG_NUMBERS"
    )
    assert codes(changed("ok-software", ("device", "name"), "other"), software=True)[0] == "GPU_OTHER_DEVICE"


def test_around_venus_only_a_cpu_counts_as_software() -> None:
    found = codes(changed("ok-software-lavapipe", ("device", "type"), "DISCRETE_GPU"), software=True)
    assert found == []  # its name still says llvmpipe
    document = plain("ok-software-lavapipe")
    document["device"] |= {"type": "DISCRETE_GPU", "name": "GeForce"}
    assert codes(read_proof(json.dumps(document)), software=True)[0] == "GPU_OTHER_DEVICE"
