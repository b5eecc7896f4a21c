"""`bench` in an emulated VM: llama.cpp computes through Venus, by our own driver, on the host's lavapipe."""

from pathlib import Path

import pytest

from benchmarks.llama_lab import brought_in, tiny_model
from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import fleet

pytestmark = [pytest.mark.emulated, pytest.mark.timeout(5400)]


def test_llama_computes_through_venus(tmp_path: Path) -> None:
    model, sha256 = tiny_model(tmp_path)
    with SimulatedLab.up(macs=1, vm="emulated", state=tmp_path / "lab") as lab:
        file = brought_in(lab)
        fleet("apply", file, expect=0, timeout=1800)
        sizes = ["--prompt", "64", "--generate", "16", "--repeats", "1", "--seconds", "1500"]
        (mac,) = fleet("bench", file, "--model", model, "--sha256", sha256, *sizes, expect=0, timeout=3600)["macs"]
    measured = mac["measured"]["bench"]
    venus = measured["paths"]["venus"]
    assert venus["device"].startswith("Virtio-GPU Venus (llvmpipe")
    assert venus["backends"] == "Vulkan"
    assert min(venus["prompt"]["low"], venus["generation"]["low"]) > 0
    assert measured["software"] is True
    assert mac["gpu"] == venus["device"]
    assert measured["ratios"]["venus_over_cpu"]["generation"] > 0
