"""vulkan-check prove: which step follows which, and what becomes of hangs and crashes."""

import importlib
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "files" / "images" / "vulkan-check"))
model, measure, settings, telling, plan, verdicts = (
    importlib.import_module(f"vulkan_check.{name}")
    for name in ("model", "proof.measure", "settings", "proof.told", "proof.plan", "proof.verdict")
)
proofs = importlib.import_module("vulkan_check.proof.model")
OK, SOFTWARE, AROUND = (
    proofs.Proof.from_json(json.loads((ROOT / "tests" / "fixtures" / "proof" / f"{name}.json").read_text()))
    for name in ("ok-apple", "ok-software", "ok-software-lavapipe")
)
JOBS = [asdict(job) for job in OK.jobs]


def plain(device: Any) -> dict[str, Any]:
    return {key: value for key, value in asdict(device).items() if key != "heap_bytes"}


class Script:
    """Steps that end as told. `tells` maps a driver to what its children with jobs say, one after the other."""

    def __init__(self, devices: dict[str, Any], tells: dict[str, list[Any]], probe: str = "ok") -> None:
        self.devices, self.tells, self.probe = devices, tells, probe
        self.asked: list[tuple[str, str | int]] = []
        self.envs: list[Any] = []

    def run(self, driver: str, step: str, number: int, deadline: float, env: Any) -> tuple[Any, dict[str, Any]]:
        self.asked.append((driver, step))
        answer: dict[str, Any] = {}
        if step == "enumerate":
            device = self.devices[driver]
            answer = {"devices": [plain(device)], "heaps": [device.heap_bytes], "loader": "1.3.239"}
        if step == "cpu":
            answer = {"gflop_s": 428.0, "threads": 6}
        return model.Attempt(driver, step, self.probe if step == "probe" else "ok", 0.1), answer

    def jobs(self, driver: str, first: int, deadline: float, left: float, env: Any) -> tuple[Any, Any]:
        self.asked.append((driver, first))
        self.envs.append(env)
        told = self.tells[driver].pop(0)
        return model.Attempt(driver, "compute", told.outcome, 1.0, told.message), told

    def prove(self, accept: str = "apple", lavapipe: Path | None = None) -> Any:
        prover = measure.Prover(settings.Settings(accept=accept), {"VN_DEBUG": "x"}, self.run, self.jobs)
        return prover.prove("present", lavapipe)


def says(device: str = OK.device.name, jobs: Any = slice(None), outcome: str = "ok", **more: Any) -> Any:
    done = JOBS[jobs]
    whole = {"bandwidth": asdict(OK.bandwidth), "compute": asdict(OK.compute)} if done[-1:] == JOBS[-1:] else {}
    return telling.Told(device=device, versions={"wgpu": "0"}, jobs=list(done), outcome=outcome, **{**whole, **more})


def apple(*tells: Any, probe: str = "ok") -> Script:
    return Script({"venus": OK.device}, {"venus": list(tells)}, probe)


def test_a_whole_proof_is_accepted_and_ends_with_all_cores() -> None:
    script = apple(says())
    found = script.prove()
    assert verdicts.verdict(found, "apple").code == "ok"
    assert script.asked == [("venus", "enumerate"), ("venus", "probe"), ("venus", 0), ("venus", "cpu")]
    assert (found.compute.cpu_all_gflop_s, found.compute.cpu_threads) == (428.0, 6)
    assert found.versions["venus_driver"] == OK.device.driver_info


def test_one_cpu_core_is_the_measure_and_on_arm_always_with_the_same_kernels() -> None:
    script = apple(says())
    script.prove()
    assert script.envs[0]["OPENBLAS_NUM_THREADS"] == "1"
    assert "OPENBLAS_CORETYPE" not in measure.one_core({}, "x86_64")
    assert measure.one_core({}, "aarch64")["OPENBLAS_CORETYPE"] == "NEOVERSEN1"


def test_a_crash_leaves_what_was_computed_and_the_rest_is_tried_once_more() -> None:
    crashed = says(jobs=slice(0, 5), outcome="error", at=5, message="ended by SIGABRT")
    script = apple(crashed, says(jobs=slice(5, None)))
    assert verdicts.verdict(script.prove(), "apple").code == "ok"
    assert [asked for asked in script.asked if isinstance(asked[1], int)] == [("venus", 0), ("venus", 5)]


def test_a_crash_in_the_last_job_keeps_what_was_measured_before_it() -> None:
    crashed = says(jobs=slice(0, 14), outcome="error", at=14, bandwidth=asdict(OK.bandwidth))
    again = says(jobs=slice(14, None), bandwidth=None)
    found = apple(crashed, again).prove()
    assert (found.bandwidth, verdicts.verdict(found, "apple").code) == (OK.bandwidth, "ok")


def test_a_second_crash_is_the_end_and_every_job_of_the_plan_is_accounted_for() -> None:
    crash: dict[str, Any] = {"outcome": "error", "at": 5, "message": "ended by SIGABRT"}
    script = apple(says(jobs=slice(0, 5), **crash), says(jobs=slice(0, 0), **crash))
    found = script.prove()
    assert verdicts.verdict(found, "apple").code == "compute-failed"
    assert [(job.name, job.elements) for job in found.jobs] == list(plan.PLAN)
    assert found.jobs[5].message == "ended by SIGABRT"
    assert found.jobs[6].message == "not run: root-f32 (1000) failed before it"


def test_a_hang_is_told_of_its_job_and_not_tried_again() -> None:
    found = apple(says(jobs=slice(0, 4), outcome="timeout", at=4, message="no answer within 20 s")).prove()
    assert verdicts.verdict(found, "apple").code == "timeout"
    assert [job.outcome for job in found.jobs[:6]] == ["ok"] * 4 + ["timeout", "error"]
    assert found.jobs[5].message == "not run: root-f32 (1) hung before it"


def test_wrong_numbers_are_not_tried_again() -> None:
    told = says()
    told.jobs[3] = {**JOBS[3], "outcome": "wrong", "wrong_values": 7}
    assert verdicts.verdict(apple(told).prove(), "apple").code == "wrong-numbers"


def test_a_hung_probe_on_a_mac_still_gets_its_jobs() -> None:
    assert verdicts.verdict(apple(says(), probe="timeout").prove(), "apple").code == "ok"


@pytest.mark.parametrize("change", [{"type": "CPU"}, {"heap_bytes": 0}, {"vendor_id": 0}])
def test_a_device_that_cannot_be_accepted_is_not_waited_for(change: dict[str, Any]) -> None:
    script = Script({"venus": replace(OK.device, **change)}, {})
    assert not verdicts.verdict(script.prove(), "apple").accepted
    assert script.asked == [("venus", "enumerate")]


LVP = Path("/lvp_icd.json")


def software(tells: dict[str, list[Any]], probe: str = "ok") -> Script:
    return Script({"venus": SOFTWARE.device, "lavapipe": AROUND.device}, tells, probe)


def test_a_software_lab_that_cannot_map_goes_around_venus_and_says_so() -> None:
    script = software({"lavapipe": [says(AROUND.device.name)]}, probe="timeout")
    found = script.prove("software", LVP)
    assert (found.through, found.device, found.devices) == ("lavapipe", AROUND.device, (SOFTWARE.device,))
    assert "not through Venus" in verdicts.verdict(found, "software").why
    assert "VN_DEBUG" not in script.envs[0]


def test_a_software_lab_that_can_map_computes_through_venus() -> None:
    found = software({"venus": [says(SOFTWARE.device.name)]}).prove("software", LVP)
    assert (found.through, verdicts.verdict(found, "software").code) == ("venus", "software")


def test_wrong_numbers_through_venus_are_not_painted_over_by_lavapipe() -> None:
    told = says(SOFTWARE.device.name, jobs=slice(0, 1), outcome="timeout", at=1)
    told.jobs[0] = {**JOBS[0], "outcome": "wrong", "wrong_values": 1}
    found = software({"venus": [told]}).prove("software", LVP)
    assert verdicts.verdict(found, "software").code == "wrong-numbers"
