"""The selected driver's device through wgpu: buffers, programs, and runs that are timed alone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import wgpu  # type: ignore[import-not-found,unused-ignore]

from vulkan_check.compute import NoDevice


@dataclass(frozen=True)
class Pass:
    """One dispatch: a compiled program, its buffers and the number of workgroups in x and y."""

    pipeline: Any
    bindings: Any
    groups: tuple[int, int]


class Gpu:
    """An open device. Every method may hang or end the process: only ever used in a process of its own."""

    def __init__(self) -> None:
        """Open the Venus device if there is one, else the first Vulkan device. Raises NoDevice."""
        adapters = [x for x in wgpu.gpu.enumerate_adapters_sync() if x.info["backend_type"] == "Vulkan"]
        if not adapters:
            raise NoDevice("wgpu finds no Vulkan device")
        adapter = min(adapters, key=lambda x: not x.info["device"].startswith("Virtio-GPU Venus"))
        self.name = str(adapter.info["device"])
        self._device = adapter.request_device_sync()
        self._usage = wgpu.BufferUsage.STORAGE | wgpu.BufferUsage.COPY_SRC | wgpu.BufferUsage.COPY_DST
        self._marker = self.empty(4)
        self.wait()  # the first wait starts wgpu's polling thread

    def upload(self, values: np.ndarray) -> Any:
        """A buffer holding `values`."""
        return self._device.create_buffer_with_data(data=values, usage=self._usage)

    def empty(self, size: int) -> Any:
        """A zeroed buffer of `size` bytes."""
        return self._device.create_buffer(size=size, usage=self._usage)

    def program(self, shader: str) -> Any:
        """The compiled program."""
        module = self._device.create_shader_module(code=shader)
        return self._device.create_compute_pipeline(layout="auto", compute={"module": module, "entry_point": "main"})

    def bind(self, pipeline: Any, buffers: Sequence[Any], groups: tuple[int, int]) -> Pass:
        """A dispatch of `groups` workgroups over `buffers`, bound in their order."""
        entries = [
            {"binding": n, "resource": {"buffer": b, "offset": 0, "size": b.size}} for n, b in enumerate(buffers)
        ]
        layout = pipeline.get_bind_group_layout(0)
        return Pass(pipeline, self._device.create_bind_group(layout=layout, entries=entries), groups)

    def clear(self, buffer: Any) -> None:
        """Fill the buffer with zeros, so that a run that does nothing cannot show an earlier run's answers."""
        encoder = self._device.create_command_encoder()
        encoder.clear_buffer(buffer)
        self._device.queue.submit([encoder.finish()])
        self.wait()

    def run(self, passes: Sequence[Pass], times: int = 1) -> float:
        """Run the dispatches in order, `times` over; seconds from submission until the device is done."""
        encoder = self._device.create_command_encoder()
        job = encoder.begin_compute_pass()
        for one in list(passes) * times:
            job.set_pipeline(one.pipeline)
            job.set_bind_group(0, one.bindings)
            job.dispatch_workgroups(*one.groups)
        job.end()
        commands = encoder.finish()
        started = time.perf_counter()
        self._device.queue.submit([commands])
        self.wait()
        return time.perf_counter() - started

    def wait(self) -> None:
        """Until all that was submitted is done."""
        # Reading four bytes back: on_submitted_work_done raises TypeError in wgpu 0.32.0. It costs one round trip.
        self._device.queue.read_buffer(self._marker)

    def read(self, buffer: Any, dtype: str, count: int) -> np.ndarray:
        """The first `count` values of the buffer."""
        size = count * np.dtype(dtype).itemsize
        return np.frombuffer(self._device.queue.read_buffer(buffer, size=size), dtype=dtype)
