"""What is told beside the runtimes: Docker Model Runner's own word, llama.cpp's figures, a Linux host's one line."""

import json
from typing import Any

import pytest

from carbon_fleet.matrix.figures import figure_of
from carbon_fleet.matrix.look import section_in
from carbon_fleet.matrix.model_runner import model_runner_in
from carbon_fleet.matrix.runtimes import APPLE, CUDA, LIBKRUN, NATIVE, Figure
from carbon_fleet.report.document import Failure, MacReport, Report
from carbon_fleet.report.html.fleet import fleet_page
from tests.unit.matrix.test_look import HEAD, TAIL, block
from tests.unit.matrix.test_table import entries, mac, shown

APP = "docker_app=/Applications/Docker.app"
BENCH: dict[str, Any] = {
    "paths": {
        "venus": {"prompt": {"median": 80.0}, "generation": {"median": 12.5}},
        "metal": {"prompt": {"median": 200.0}, "generation": {"median": 40.0}},
    },
    "model": {"source": "model.gguf", "sha256": "ab"},
    "software": False,
}


def runner(*lines: str) -> dict[str, Any] | None:
    return model_runner_in(section_in((*HEAD, *lines, *TAIL), "matrix"))


def test_no_docker_no_runner_and_a_stopped_one_is_unknown() -> None:
    assert runner() is None
    found = runner(APP)
    assert found is not None
    assert found["state"] == "unknown"


@pytest.mark.parametrize(
    ("out", "status", "state"),
    [
        (json.dumps({"running": True, "backends": {"llama.cpp": "running"}, "kind": "Docker Desktop"}), 0, "running"),
        (json.dumps({"running": False, "backends": {}}), 0, "off"),
        ("Docker Model Runner is not running", 1, "off"),
        ("[]", 0, "unknown"),
        ("docker: unknown command: docker model", 1, "unknown"),
        ("", 124, "unknown"),
    ],
)
def test_the_runner_by_its_own_word(out: str, status: int, state: str) -> None:
    found = runner(APP, *block("model-runner", out, status=status))
    assert found is not None
    assert found["state"] == state
    assert (found["backends"] != {}) is (state == "running")


def test_figures_are_of_the_paths_bench_measures() -> None:
    assert figure_of(LIBKRUN, "r1", BENCH) == Figure("venus", 80.0, 12.5, "r1", "model.gguf")
    assert figure_of(NATIVE, "r1", BENCH) == Figure("metal", 200.0, 40.0, "r1", "model.gguf")
    assert figure_of(APPLE, "r1", BENCH) is None
    assert figure_of(LIBKRUN, "r1", {**BENCH, "software": True}) is None, "a software GPU's figure is no GPU's"
    assert figure_of(LIBKRUN, "r1", {**BENCH, "paths": {}}) is None
    host = {**BENCH, "paths": {"cpu": {}, "vulkan": {"prompt": {"median": 900.0}, "generation": {"median": 90.0}}}}
    assert figure_of(CUDA, "r1", host) == Figure("vulkan", 900.0, 90.0, "r1", "model.gguf")
    assert figure_of(CUDA, "r1", {**host, "software": True}) is None


def measured() -> MacReport:
    found = mac("mac-01", entries())
    for entry in found.measured["matrix"]["runtimes"]:
        entry |= {"starts_in": 12.34} if entry["runtime"] == "podman-libkrun" else {}
        if entry["runtime"] == "native":
            entry["figure"] = {"path": "metal", "prompt": 200.0, "generation": 40.0, "run": "r1", "model": "m"}
    told = {"state": "running", "backends": {"llama.cpp": "ok"}, "why": "on the Mac", "remedy": ""}
    found.measured["matrix"]["model_runner"] = told
    return found


def test_the_table_has_starts_figures_and_the_runner() -> None:
    text = shown(measured())
    assert "12.3 s" in next(line for line in text.splitlines() if line.startswith("Podman libkrun"))
    assert "40.0 t/s" in next(line for line in text.splitlines() if line.startswith("native (Metal)"))
    assert "llama.cpp by `bench` (metal): 200.0 and 40.0 t/s, run r1" in text
    assert "Docker Model Runner: running: on the Mac (llama.cpp: ok)" in text


def test_the_page_has_the_same_and_obeys_no_mac() -> None:
    hostile = measured()
    hostile.measured["matrix"]["runtimes"][0]["why"] = "<script>alert(1)</script>"
    page = fleet_page([Report("matrix", "brisbane", "lab.yml", "2026-11-30T06:00:00+00:00", macs=[hostile])])
    for words in ("The runtimes", "starts in", "GPU device seen", "12.3 s", "40.0 t/s", "Docker Model Runner: running"):
        assert words in page, words
    assert "<script>alert(1)" not in page
    assert "The runtimes" not in fleet_page([Report("drift", "brisbane", "lab.yml", "2026-11-30T06:00:00+00:00")])


def test_a_report_of_before_is_still_shown() -> None:
    old = [{key: value for key, value in one.items() if key not in ("starts_in", "figure")} for one in entries()]
    assert "Podman libkrun" in shown(mac("mac-01", old))


def test_a_linux_host_has_one_line() -> None:
    from carbon_fleet.matrix.runtimes import CUDA, Seen
    from carbon_fleet.verbs.matrix_linux import entry_of

    seen, proved = Seen(CUDA, True, "5.4.2", True), MacReport("gpu-01")
    proved.measured["prove"] = {"accepted": True, "jobs": {"all": 2}, "through": "CUDA 12.8", "device": "NVIDIA L4"}
    entry = entry_of(seen, proved)
    assert (entry.verdict, entry.computed, entry.device, entry.through) == (
        "computes on the GPU",
        True,
        "NVIDIA L4",
        "CUDA 12.8",
    )
    text = shown(mac("gpu-01", [entry.as_dict()]), mac("mac-01", entries()))
    assert "podman (CUDA)" in text
    for code, verdict, computed in (
        ("CUDA_REFUSED", "cannot compute", False),
        ("CUDA_FAILED", "cannot compute", None),
        ("CUDA_NO_PYTHON", "not measured", None),
    ):
        failed = MacReport("gpu-01", failures=[Failure("gpu", code, "what", "why", "do")])
        entry = entry_of(seen, failed)
        assert (entry.verdict, entry.computed, entry.remedy) == (verdict, computed, "do")
