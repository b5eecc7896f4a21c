"""Stacks on an emulated Mac: llama-server, Jupyter and the carbon suite, each computing through Venus."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from benchmarks.llama_lab import brought_in
from carbon_fleet.sim import carbon_image
from carbon_fleet.sim.emulated import prebuilt
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.ports import free_port
from operations.stack.wish import definition
from tests.sim import carbon_clients, llama_real, venus_bases
from tests.sim.jupyter_cell import printed
from tests.sim.runs import commands, fleet, guest, lab_file

pytestmark = [pytest.mark.emulated, pytest.mark.timeout(5400)]

DEVICE = "Virtio-GPU Venus (llvmpipe"
MINUTES = 60 * 60
"""For an apply that brings a gigabyte in, when the machine is busy with other things."""
ELEMENTS = 1 << 20
CELL = f"""
import json, numpy
from wgpu.utils.compute import compute_with_buffers
from wgpu.utils.device import get_default_device
numbers = numpy.arange({ELEMENTS}, dtype=numpy.uint32)
squares = '''
@group(0) @binding(0) var<storage, read> numbers: array<u32>;
@group(0) @binding(1) var<storage, read_write> squares: array<u32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) at: vec3<u32>) {{
    squares[at.x] = numbers[at.x] * numbers[at.x] + 7u;
}}
'''
made = compute_with_buffers({{0: numbers}}, {{1: numbers.nbytes}}, squares, n={ELEMENTS // 64})
wrong = int((numpy.frombuffer(made[1], dtype=numpy.uint32) != numbers * numbers + numpy.uint32(7)).sum())
about = get_default_device().adapter.info
print(json.dumps(dict(about) | {{"elements": len(numbers), "wrong": wrong}}))
"""
OUTSIDE = """
import subprocess
print(subprocess.run(["/tool/job", "compute", "900"], capture_output=True, text=True).stdout)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="emulated", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


def test_llama_serves_what_venus_computes(lab: SimulatedLab, tmp_path: Path) -> None:
    file = brought_in(lab)
    llama_real.serves_what_the_device_computes(lab, file, tmp_path, DEVICE, MINUTES)
    (mac,) = json.loads(guest(lab, "mac-01", "podman inspect llama-server").stdout)
    health = mac["State"]["Health"]
    assert health["Status"] == "healthy"
    assert f"healthy: computes on Vulkan0 ({DEVICE}" in health["Log"][-1]["Output"]


def test_a_cell_of_carbon_gpu_computes_through_venus(lab: SimulatedLab) -> None:
    port = free_port()
    reference = prebuilt.more(lab.state.directory / "services", "carbon-gpu")
    stack = _patient("carbon-gpu", {"workspace": "workspace", "jupyter-port": port})
    token = _applied(lab, stack, {"carbon-gpu": {"pull": reference, "pull_timeout": "60m"}})
    assert not carbon_clients.jupyter(port, "wrong")
    found = json.loads(printed(port, token, CELL, 900))
    assert (found["elements"], found["wrong"], found["backend_type"]) == (ELEMENTS, 0, "Vulkan")
    assert found["device"].startswith(DEVICE)
    assert "+16k" in found["description"], "the driver must be the one our image built"


def test_a_cell_of_carbon_compute_computes_by_the_mounted_layer(lab: SimulatedLab) -> None:
    port = free_port()
    image = carbon_image.put(lab.state.directory)["carbon-compute-macos"]
    venus_bases.bring_job(lab)
    stack = _patient("carbon-compute", {"image": image, "workspace": "workspace", "jupyter-port": port})
    container = stack["containers"]["carbon-compute"]
    container["volumes"] = [*container["volumes"], f"{venus_bases.TOOL}:/tool:ro,z"]
    stack["services"] = {name: name == "jupyter" for name in container["services"]}
    token = _applied(lab, stack, {"venus": {"pull": _references(lab)["venus"]}})
    found = json.loads(printed(port, token, OUTSIDE, 1200))
    venus_bases.computes(found)
    assert found["driver_id"] == venus_bases.VENUS
    assert found["device"].startswith(DEVICE)
    assert "/opt/venus/libvulkan_virtio.so" in {str(PurePosixPath(path)) for path in found["libraries"]}


def _references(lab: SimulatedLab) -> dict[str, str]:
    references: dict[str, str] = json.loads((lab.state.directory / "services" / "images.json").read_text())
    return references


def _patient(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The project's own stack, copied as docs/stacks.md says, with deadlines that fit emulation."""
    whole = json.loads(definition(name, settings).model_dump_json(exclude_defaults=True))
    container = whole["containers"][name]
    container["health"] |= {"interval": "60s", "timeout": "120s", "start_period": "20m"}
    return {"name": name, "containers": {name: {**container, "ready_timeout": "30m"}}}


def _applied(lab: SimulatedLab, stack: dict[str, Any], images: dict[str, Any]) -> str:
    """Apply the stack alone, and again with nothing to do; the secret that lets one into its Jupyter."""
    file = lab_file(lab, stacks=[stack], images=images)
    fleet("apply", file, expect=0, timeout=MINUTES)
    assert commands(fleet("apply", file, expect=0)) == []
    shown = [sys.executable, "-m", "carbon_fleet", "secret", "show", file, "mac-01", "jupyter-token"]
    return subprocess.run(shown, capture_output=True, text=True, timeout=300, check=True).stdout.strip()
