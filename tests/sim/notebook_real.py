"""What carbon-gpu must do in a real VM: a notebook in a browser, wgpu in it, a million numbers from a named device."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

from benchmarks.llama_lab import built_in_place
from carbon_fleet.sim.lab import SimulatedLab
from tests.browser import Browser
from tests.sim import carbon_pages as pages
from tests.sim.carbon_lab import Inside
from tests.sim.runs import commands, fleet

LAVAPIPE = """\
import glob, os
os.environ["VK_DRIVER_FILES"] += ":" + ":".join(glob.glob("/usr/share/vulkan/icd.d/lvp_icd*.json"))
os.environ["VK_ICD_FILENAMES"] = os.environ["VK_DRIVER_FILES"]
"""
"""Where no memory can be mapped through Venus: lavapipe beside it, to compute on."""
CELL = """\
import json, numpy, wgpu, wgpu.utils
from wgpu.utils.compute import compute_with_buffers
adapters = wgpu.gpu.enumerate_adapters_sync()
chosen = next(each for each in adapters if each.info["device"].startswith(DEVICE))
wgpu.utils.preconfigure_default_device("a cell", adapter=chosen)
shader = '''
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read_write> b: array<i32>;
@compute @workgroup_size(256) fn main(@builtin(global_invocation_id) id: vec3<u32>) { b[id.x] = a[id.x] * 3 + 7; }
'''
numbers = numpy.arange(1 << 20, dtype=numpy.int32)
computed = compute_with_buffers({0: numbers}, {1: numbers.nbytes}, shader, n=4096)
found = numpy.frombuffer(computed[1], numpy.int32)
print(json.dumps({
    "devices": {each.info["device"]: each.info["description"] for each in adapters},
    "device": wgpu.utils.get_default_device().adapter.info["device"],
    "elements": found.size,
    "wrong": int((found != numbers * 3 + 7).sum()),
}))
"""
"""A cell that tells the devices, computes on the first whose name begins with DEVICE, and tells which that was."""


def computes_in_a_notebook(lab: SimulatedLab, browser: Browser) -> None:
    """carbon-gpu converges, asks for its token, and a cell computes; the driver of our own layer is listed."""
    file = _wish(lab)
    fleet("apply", file, expect=0, timeout=1200)
    assert commands(fleet("apply", file, expect=0)) == []
    token = _token(file)
    with Inside(lab).ports("jupyter") as port:
        pages.jupyter_asks(browser, port["jupyter"], "wrong")
        page = pages.jupyter(browser, port["jupyter"], token)
        mapped = Path("/dev/udmabuf").exists()
        device = "Virtio-GPU Venus" if mapped else "llvmpipe"
        found = json.loads(pages.run_cell(page, f"{'' if mapped else LAVAPIPE}DEVICE = {device!r}\n{CELL}"))
        browser.picture(page, "notebook")
    (venus,) = (each for each in found["devices"] if each.startswith("Virtio-GPU Venus (llvmpipe"))
    assert "+16k" in found["devices"][venus], "the driver must be the one our image built"
    assert found["device"].startswith(device)
    assert (found["elements"], found["wrong"]) == (1 << 20, 0)


def _wish(lab: SimulatedLab) -> str:
    path = Path(built_in_place(lab))
    document = yaml.safe_load(path.read_text())
    defaults = document["defaults"]
    defaults["images"]["carbon-gpu"] = {"base": defaults["images"]["llama"]["base"]}
    defaults["stacks"] = [*defaults["stacks"], "carbon-gpu"]
    path = path.with_name("lab-with-carbon-gpu.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path)


def _token(file: str) -> str:
    line = [sys.executable, "-m", "carbon_fleet", "secret", "show", file, "mac-01", "jupyter-token"]
    return subprocess.run(line, capture_output=True, text=True, timeout=120, check=True).stdout.strip()
