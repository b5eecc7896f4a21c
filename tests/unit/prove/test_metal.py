"""The proof of Python environments: numbers computed twice, by two programs; the judge; what is asked of a Mac."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet import assets
from carbon_fleet.connectors.ran import Ran
from carbon_fleet.plan import World
from carbon_fleet.prove import metal
from carbon_fleet.prove.asking import Unproven
from carbon_fleet.prove.asking_metal import answered, asked_of, job_command, must_stand
from carbon_fleet.prove.metal import Answer, NoAnswer, Question, against, as_dict, expected, question, read
from carbon_fleet.snapshot import Section, Snapshot
from tests.unit.operations.environment_world import BASE, DIGEST, a_mac

ASKED = Question("mps", 7, 8, 16)
SAID: dict[str, Any] = {
    "format_version": 1,
    "kind": "mps",
    "seed": 7,
    "n": 8,
    "timed": 16,
    "devices": ["mps:0"],
    "name": "",
    "digests": expected(7, 8),
    "gflop_s": 3000.0,
    "cpu_gflop_s": 1500.0,
    "versions": {"torch": "2.15.0"},
}


def answer(**changed: Any) -> Answer:
    return read(json.dumps({**SAID, **changed}))


def codes(of: Answer, asked: Question = ASKED, *, accept_software: bool = False, chip: str = "Apple M4") -> list[str]:
    return [code for code, _ in against(of, asked, accept_software=accept_software, chip=chip)]


@pytest.mark.parametrize(("seed", "n"), [(12345, 64), (2**32 - 1, 128), (0, 256)])
def test_the_job_and_the_controller_come_to_the_same(seed: int, n: int) -> None:
    job = [sys.executable, "-I", "-c", assets.text("environment/job.py"), "numpy", str(seed), str(n), "64"]
    ran = subprocess.run(job, capture_output=True, text=True, timeout=60, check=True)
    found = read(ran.stdout)
    assert found.digests == expected(seed, n)
    assert codes(found, Question("numpy", seed, n, 64), accept_software=True) == []
    assert as_dict("ml", found, True)["claim"] is None


def test_every_seed_has_other_numbers() -> None:
    first, second = expected(1, 16), expected(2, 16)
    assert all(first[name] != second[name] for name in first)


def test_a_gpu_that_computes_right_and_fast_is_accepted() -> None:
    assert codes(answer()) == []
    told = as_dict("ml", answer(), True)
    assert (told["claim"], told["compute_ratio"], told["jobs"]) == ("metal", 2.0, {"ok": 5, "all": 5})
    assert codes(answer(kind="mlx", devices=["Device(gpu, 0)"], name="Apple M4"), replace(ASKED, kind="mlx")) == []
    assert codes(answer(kind="tensorflow", devices=["GPU:0"], name="METAL"), replace(ASKED, kind="tensorflow")) == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"devices": ["cpu"]}, "METAL_CPU"),
        ({"devices": ["mps:0", "cpu"]}, "METAL_CPU"),
        ({"devices": ["mps:0 or so"]}, "METAL_CPU"),
        ({"digests": {**SAID["digests"], "rows": "0" * 64}}, "METAL_WRONG_NUMBERS"),
        ({"digests": {}}, "METAL_WRONG_NUMBERS"),
        ({"name": "Apple M1"}, "METAL_OTHER_CHIP"),
        ({"gflop_s": 1500.0}, "METAL_SLOW"),
        ({"gflop_s": 0.0}, "METAL_FOREIGN"),
        ({"seed": 8, "digests": expected(8, 8)}, "METAL_FOREIGN"),
        ({"kind": "numpy", "devices": ["cpu"]}, "METAL_FOREIGN"),
    ],
)
def test_what_stands_against_a_proof(changed: dict[str, Any], code: str) -> None:
    assert codes(answer(**changed)) == [code]


def test_software_is_accepted_only_where_the_lab_says_so_and_claims_nothing() -> None:
    cpu = answer(devices=["cpu"], gflop_s=10.0, cpu_gflop_s=20.0)
    assert codes(cpu, accept_software=True) == []
    assert (as_dict("ml", cpu, True)["claim"], as_dict("ml", cpu, True)["software"]) == (None, True)
    small = answer(gflop_s=10.0, cpu_gflop_s=20.0)
    assert codes(small, accept_software=True) == [], "what is asked of such a lab is too small for a GPU"
    wrong = answer(devices=["cpu"], digests={})
    assert codes(wrong, accept_software=True) == ["METAL_WRONG_NUMBERS"]


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", "{}", json.dumps({**SAID, "gflop_s": -1}), json.dumps({**SAID, "devices": []}), "9" * 99999],
)
def test_what_is_no_answer_is_no_traceback(text: str) -> None:
    with pytest.raises(NoAnswer):
        read(text)


def test_a_warning_before_the_answer_does_no_harm() -> None:
    assert read("UserWarning: x\n" + json.dumps(SAID)) == answer()


def test_a_cpu_is_asked_for_less() -> None:
    assert question("mps", 1, software=False).timed > question("mps", 1, software=True).timed
    assert question("mps", 1, software=False).n <= 1024, "row sums have to stay exact in float32"


def looked(folder: Path, **facts: tuple[str, ...]) -> World:
    known = {
        "link": ("ml ml.a",),
        "slot": ("ml.a",),
        "note": (f"ml.a {DIGEST} 3.12",),
        "python": ("ml.a 3.12.16",),
        "home": (f"ml.a {BASE}",),
        "runs": ("ml.a yes",),
        "package": ("ml.a alpha-1.0.dist-info", "ml.a beta_kit-2.0.dist-info"),
    }
    return World(a_mac(folder), Snapshot("m", {"environment": Section("environment", facts={**known, **facts})}))


def test_only_what_is_as_its_lock_says_is_asked(tmp_path: Path) -> None:
    must_stand(looked(tmp_path), "ml")
    must_stand(looked(tmp_path, slot=("ml.a", "ml.b"), runs=("ml.a yes", "ml.b no")), "ml")
    for facts, code in (
        ({"link": ()}, "ENVIRONMENT_ABSENT"),
        ({"package": ("ml.a alpha-1.0.dist-info",)}, "ENVIRONMENT_DIFFERS"),
        ({"note": ()}, "ENVIRONMENT_DIFFERS"),
    ):
        with pytest.raises(Unproven) as found:
            must_stand(looked(tmp_path, **facts), "ml")
        assert found.value.failure.code == code


def test_which_are_asked_and_how(tmp_path: Path) -> None:
    mac = a_mac(tmp_path, {"a": {"python": "3.12", "prove": "none"}, "b": {"prove": "mlx"}, "c": {}})
    assert asked_of(mac) == {"b": "mlx"}
    assert asked_of(a_mac(tmp_path, {"b": {"prove": "mlx"}}, runtime="linux-nvidia")) == {}
    assert job_command("ml", ASKED).argv[-4:] == ("mps", "7", "8", "16")


@pytest.mark.parametrize(
    ("ran", "code"),
    [
        (Ran(124, (), ()), "METAL_HUNG"),
        (Ran(1, (), ("it cannot be imported: No module named 'torch'",)), "METAL_FAILED"),
        (Ran(0, ("done",), ()), "METAL_FOREIGN"),
    ],
)
def test_no_answer_has_a_code(ran: Ran, code: str) -> None:
    with pytest.raises(Unproven) as found:
        answered(ran, "ml")
    assert found.value.failure.code == code


def test_reductions_stay_exact_in_float32() -> None:
    n = question("mps", 1, software=False).n
    assert metal.RANK * 4 * n * n <= 2**24
