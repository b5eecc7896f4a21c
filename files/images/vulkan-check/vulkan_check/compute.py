"""The numeric job: integers that must be exact, floats that must be within the tolerance Vulkan gives for sqrt."""

from __future__ import annotations

import math
import time
from array import array
from typing import Any

WORKGROUP = 256
FLOAT_TOLERANCE = 1e-5
"""Relative. Vulkan allows sqrt a few units in the last place (about 5e-7); garbage is far beyond both."""

SHADER = f"""
@group(0) @binding(0) var<storage, read> a: array<i32>;
@group(0) @binding(1) var<storage, read_write> whole: array<i32>;
@group(0) @binding(2) var<storage, read_write> real: array<f32>;

@compute @workgroup_size({WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
    let i = id.x;
    if (i >= arrayLength(&a)) {{ return; }}
    whole[i] = a[i] * 3 + 7;
    real[i] = sqrt(f32(abs(a[i]))) * 0.5 + 1.25;
}}
"""


class NoDevice(RuntimeError):
    """The selected driver offers no device to compute on."""


def inputs(elements: int) -> array[int]:
    """`elements` 32-bit integers around zero."""
    return array("i", range(-(elements // 2), elements - elements // 2))


def wrong_values(a: array[int], whole: memoryview, real: memoryview) -> int:
    """How many of the two result arrays' values are not what they must be."""
    wrong = sum(got != x * 3 + 7 for x, got in zip(a, whole, strict=True))
    return wrong + sum(_differs(got, math.sqrt(abs(x)) * 0.5 + 1.25) for x, got in zip(a, real, strict=True))


def _differs(got: float, known: float) -> bool:
    return not abs(got - known) <= FLOAT_TOLERANCE * known  # written so that NaN differs


def compute(elements: int) -> dict[str, Any]:
    """Run the job on the selected driver's device through wgpu. Raises NoDevice; wgpu's errors pass through."""
    import wgpu  # type: ignore[import-not-found,unused-ignore]

    started = time.monotonic()
    adapters = [x for x in wgpu.gpu.enumerate_adapters_sync() if x.info["backend_type"] == "Vulkan"]
    if not adapters:
        raise NoDevice("wgpu finds no Vulkan device")
    # Where several drivers are selected, Venus is the one to prove; min keeps the loader's order otherwise.
    adapter = min(adapters, key=lambda x: not x.info["device"].startswith("Virtio-GPU Venus"))
    device = adapter.request_device_sync()
    ready = time.monotonic()
    a = inputs(elements)
    whole, real = _run(wgpu, device, a)
    wrong = wrong_values(a, whole, real)
    info = adapter.info
    return {
        "device": info["device"],
        "device_type": info["adapter_type"],
        "vendor_id": info["vendor_id"],
        "elements": elements,
        "wrong_values": wrong,
        "init_s": round(ready - started, 3),
        "run_s": round(time.monotonic() - ready, 3),
        "wgpu": wgpu.__version__,
    }


def _run(wgpu: Any, device: Any, a: array[int]) -> tuple[memoryview, memoryview]:
    usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC
    size = len(a) * a.itemsize
    source = device.create_buffer_with_data(data=a, usage=wgpu.BufferUsage.STORAGE)
    targets = [device.create_buffer(size=size, usage=usage) for _ in range(2)]
    pipeline = device.create_compute_pipeline(
        layout="auto", compute={"module": device.create_shader_module(code=SHADER), "entry_point": "main"}
    )
    buffers = (source, *targets)
    entries = [{"binding": n, "resource": {"buffer": b, "offset": 0, "size": size}} for n, b in enumerate(buffers)]
    encoder = device.create_command_encoder()
    job = encoder.begin_compute_pass()
    job.set_pipeline(pipeline)
    job.set_bind_group(0, device.create_bind_group(layout=pipeline.get_bind_group_layout(0), entries=entries))
    job.dispatch_workgroups(-(-len(a) // WORKGROUP))
    job.end()
    device.queue.submit([encoder.finish()])
    whole, real = (device.queue.read_buffer(target) for target in targets)
    return whole.cast("B").cast("i"), real.cast("B").cast("f")
