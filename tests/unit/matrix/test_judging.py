"""A line of the matrix from what was seen and tried: as measured, never as known beforehand."""

import json

import pytest

from carbon_fleet.matrix import judging
from carbon_fleet.matrix.runtimes import APPLE, APPLEHV, DOCKER, LIBKRUN, NATIVE, TITLES, Seen, Verdict
from carbon_fleet.matrix.trying import Tried
from carbon_fleet.prove.document import read_proof
from carbon_fleet.report.document import Failure
from operations.image.recipe import Recipe
from tests.unit.prove.fixtures import changed, plain, proof

RECIPE = Recipe("vulkan-check", "ab" * 32, ())
KRUN = Seen(LIBKRUN, True, "6.1.1", True, "/opt/homebrew/bin/podman", "carbon-root", "carbon")
DESKTOP = Seen(DOCKER, True, "4.51.0", True, "/usr/local/bin/docker", "unix:///Users/lab/.docker/run/docker.sock")


def verdict(name: str, *, software: bool = False) -> tuple[Verdict, bool | None]:
    entry = judging.of_proof(KRUN, proof(name), software=software)
    return entry.verdict, entry.computed


def test_right_numbers_from_the_macs_own_device_are_the_gpu() -> None:
    entry = judging.of_proof(KRUN, proof("ok-apple"), software=False)
    assert (entry.verdict, entry.computed, entry.through) == (Verdict.GPU, True, "venus")
    assert entry.device is not None
    assert "Apple" in entry.device
    assert "times as fast as one CPU core" in entry.why


@pytest.mark.parametrize("name", ["ok-software", "ok-software-lavapipe"])
def test_right_numbers_from_software_are_the_cpu(name: str) -> None:
    assert verdict(name, software=True) == (Verdict.CPU, True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cpu-speed", (Verdict.CPU, True)),
        ("garbage-numbers", (Verdict.CANNOT, False)),
        ("hangs", (Verdict.CANNOT, False)),
        ("hangs-at-setup", (Verdict.CANNOT, False)),
        ("empty-capset", (Verdict.CANNOT, None)),
        ("zero-device", (Verdict.CANNOT, None)),
        ("no-device-node", (Verdict.CANNOT, None)),
    ],
)
def test_what_looks_like_a_gpu_is_not_called_one(name: str, expected: tuple[Verdict, bool | None]) -> None:
    assert verdict(name) == expected


def test_a_single_wrong_value_is_no_right_number() -> None:
    wrong = changed("ok-apple", ("jobs", "matmul-f32", 0, "wrong_values"), 1)
    entry = judging.of_proof(KRUN, wrong, software=False)
    assert (entry.verdict, entry.computed) == (Verdict.CANNOT, False)


def test_a_models_answer_is_not_measured() -> None:
    entry = judging.of_proof(KRUN, read_proof(json.dumps({**plain("ok-apple"), "modelled": True})), software=True)
    assert (entry.verdict, entry.computed) == (Verdict.UNMEASURED, None)


def test_every_runtime_that_is_not_there_says_so() -> None:
    for runtime in TITLES:
        entry = judging.untried(Seen(runtime), RECIPE, native=True)
        assert entry is not None
        assert entry.verdict is Verdict.ABSENT


def test_a_runtime_whose_state_is_unknown_is_not_called_stopped() -> None:
    seen = Seen(APPLEHV, True, "6.1.1", None, "podman", "x-root", "x", "podman machine inspect did not tell its state")
    entry = judging.untried(seen, RECIPE, native=False)
    assert entry is not None
    assert (entry.running, entry.verdict) == (None, Verdict.UNMEASURED)
    assert "unknown" in entry.why


def test_without_a_wished_image_an_engine_is_not_tried() -> None:
    entry = judging.untried(DESKTOP, None, native=False)
    assert entry is not None
    assert "wishes no vulkan-check" in entry.why
    assert judging.untried(KRUN, None, native=False) is None, "the lab's own container says that better"


def test_the_engines_refusal_of_the_device_is_told() -> None:
    result = Tried("there", "no such file or directory", proof("no-device-node"))
    entry = judging.of_engine(DESKTOP, result, RECIPE, "carbon", software=False)
    assert entry.verdict is Verdict.CANNOT
    assert "no such file or directory" in entry.why


def test_an_engine_that_gives_a_gpu_one_day_is_told_as_measured() -> None:
    entry = judging.of_engine(DESKTOP, Tried("there", "", proof("ok-apple")), RECIPE, "carbon", software=False)
    assert (entry.runtime, entry.verdict) == (DOCKER, Verdict.GPU)


def test_a_try_that_hangs_cannot_compute_and_one_that_breaks_is_not_measured() -> None:
    hung = judging.of_engine(DESKTOP, Tried("there", hung=True), RECIPE, "carbon", software=False)
    broken = judging.of_engine(DESKTOP, Tried("there", said="exit status 125"), RECIPE, "carbon", software=False)
    assert (hung.verdict, broken.verdict) == (Verdict.CANNOT, Verdict.UNMEASURED)
    assert "exit status 125" in broken.why


@pytest.mark.parametrize(
    ("code", "expected"), [("PROOF_HUNG", Verdict.CANNOT), ("CONTAINER_STOPPED", Verdict.UNMEASURED)]
)
def test_no_proof_is_a_hang_or_no_measurement(code: str, expected: Verdict) -> None:
    entry = judging.of_failure(KRUN, Failure("gpu", code, "what", "why", "do"))
    assert (entry.verdict, entry.why, entry.remedy) == (expected, "what", "do")


def test_each_engine_has_its_own_way_to_get_the_image() -> None:
    apple = Seen(APPLE, True, "1.1.0", True, "/opt/homebrew/bin/container")
    plain = Seen(APPLEHV, True, "6.1.1", True, "podman", "plain-root", "plain")
    ways = [judging.bring(seen, RECIPE.tag, "carbon") for seen in (DESKTOP, apple, plain)]
    assert "docker load" in ways[0]
    assert "container image load --input" in ways[1]
    assert "podman --connection plain-root load" in ways[2]
    assert all(RECIPE.tag in way for way in ways)


def test_native_is_listed_not_computed() -> None:
    undeclared = judging.untried(Seen(NATIVE, True, "6123"), RECIPE, native=False)
    listed = judging.untried(Seen(NATIVE, True, "6123", None, "llama-bench", "", "MTL0: Apple M4"), RECIPE, native=True)
    failed = judging.untried(Seen(NATIVE, True, "6123", trouble="exit status 134"), RECIPE, native=True)
    assert undeclared is not None
    assert listed is not None
    assert failed is not None
    assert undeclared.why == "no native tool declared"
    assert (listed.verdict, listed.device, listed.computed) == (Verdict.UNMEASURED, "MTL0: Apple M4", None)
    assert "exit status 134" in failed.why
