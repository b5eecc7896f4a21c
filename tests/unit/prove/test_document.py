"""A proof document is read strictly: what a Mac says has this shape or is foreign, with one line of why."""

import json
from typing import Any

import pytest

from carbon_fleet.prove.document import LONGEST, Foreign, read_proof
from tests.unit.prove.fixtures import FOLDER, NAMES, plain, proof


def test_there_are_fixtures() -> None:
    assert {"ok-apple", "ok-software", "llvmpipe-fallback", "garbage-numbers", "cpu-speed"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_fixture_is_read_whole(name: str) -> None:
    said, read = plain(name), proof(name)
    assert [job.elements for job in read.jobs] == [job["elements"] for job in said["jobs"]]
    assert [device.name for device in read.devices] == [device["name"] for device in said["devices"]]
    assert read.verdict.code == said["verdict"]["code"]
    assert read.modelled is False


@pytest.mark.parametrize("key", list(plain("ok-apple")))
def test_what_is_needed_may_not_be_missing(key: str) -> None:
    document = plain("ok-apple")
    del document[key]
    with pytest.raises(Foreign, match=key):
        read_proof(json.dumps(document))


def _with(**more: Any) -> str:
    return json.dumps({**plain("ok-apple"), **more})


FOREIGN = {
    "nothing": "",
    "words": "bash: vulkan-check: command not found",
    "a list": "[]",
    "cut off": (FOLDER / "ok-apple.json").read_text()[:900],
    "two documents": (FOLDER / "ok-apple.json").read_text() * 2,
    "another kind": _with(kind="check"),
    "a later version": _with(format_version=2),
    "a number as text": _with(seconds="4.9"),
    "a truth as number": _with(modelled=1),
    "a driver nobody knows": _with(through="moltenvk"),
    "devices that are none": _with(devices=["Apple M4"]),
    "too many devices": _with(devices=plain("ok-apple")["devices"] * 40),
    "a negative speed": _with(compute={"n": 1024, "gpu_gflop_s": -1.0, "cpu_gflop_s": 1.0}),
    "an infinite speed": _with(compute={"n": 1024, "gpu_gflop_s": float("inf"), "cpu_gflop_s": 1.0}),
    "no number": _with(bandwidth={"bytes": 1, "gpu_gb_s": float("nan"), "cpu_gb_s": 1.0}),
    "long words": _with(measured_at="x" * 3000),
    "a flood": _with(more="x" * LONGEST),
    "deep": "[" * 100_000,
    "half a character": '{"kind": "\\ud800"}',
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN.keys())
def test_what_is_no_proof_is_foreign_in_one_line(text: str) -> None:
    with pytest.raises(Foreign) as caught:
        read_proof(text)
    assert 0 < len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)


def test_garbage_may_be_infinite() -> None:
    document = plain("garbage-numbers")
    document["jobs"][3]["worst_error"] = float("inf")
    document["jobs"][4]["worst_error"] = None
    read = read_proof(json.dumps(document))
    assert read.jobs[3].worst_error == float("inf")
    assert "Infinity" not in read.model_dump_json()


def test_what_is_not_needed_is_left_out() -> None:
    assert "cpu_threads" in plain("ok-apple")["compute"]
    assert "cpu_threads" not in proof("ok-apple").model_dump_json()
