"""How fast the device is: memory traffic and matrix products, beside the same by numpy."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from vulkan_check.proof import shaders
from vulkan_check.proof.gpu import Gpu
from vulkan_check.proof.jobs import matmul, per_element
from vulkan_check.proof.model import Bandwidth, Job, Rate
from vulkan_check.proof.plan import BANDWIDTH, COMPUTE
from vulkan_check.proof.task import Task, judged

MEBI = 1 << 20
MOVED = (MEBI, 4 * MEBI, 16 * MEBI, 64 * MEBI)
"""Bytes of the array that is read, and of the one that is written: WebGPU devices bind at least 128 MiB."""
ORDERS = (256, 512, 1024)
LONGEST_S = 0.4
"""A pass that would take longer is not tried: the next smaller size is measured instead."""
SPENT_S = 1.0
"""Repeats on each side stop after this long, or after MOST_REPEATS."""
MOST_REPEATS = 5
BATCH_S = 0.05
"""Dispatches are submitted in batches of about this long, so that the way to the host and back does not count."""


def run(gpu: Gpu, job: Task) -> Job:
    """One job: warmed up (drivers compile at the first dispatch), cleared, timed, read and judged."""
    passes, out = job.build(gpu)
    gpu.run(passes)
    gpu.clear(out)
    seconds = gpu.run(passes)
    return judged(job, job.read(gpu, out), seconds, best(lambda: timed(job.cpu), 2))


def bandwidth(gpu: Gpu) -> tuple[Job, Bandwidth]:
    """STREAM's "scale": every value of one array, times three, into another."""
    job, gpu_s, cpu_s = _fastest(gpu, [partial(_scale, size) for size in MOVED], growth=4)
    moved = 2 * 4 * job.elements
    rates = moved / gpu_s / 1e9, moved / cpu_s / 1e9
    return job, Bandwidth(moved, digits(rates[0]), digits(rates[1]), digits(rates[0] / rates[1]))


def compute(gpu: Gpu) -> tuple[Job, Rate]:
    """Products of square float matrices."""
    job, gpu_s, cpu_s = _fastest(gpu, [partial(matmul, COMPUTE, n * n) for n in ORDERS], growth=8)
    n = round(job.elements**0.5)
    rates = 2 * n**3 / gpu_s / 1e9, 2 * n**3 / cpu_s / 1e9
    return job, Rate(n, digits(rates[0]), digits(rates[1]), digits(rates[0] / rates[1]))


def cpu_gflop_s(n: int) -> float:
    """The same products by numpy alone, in this process, with as many threads as it has: 10^9 operations a second."""
    product = matmul(COMPUTE, n * n).cpu
    return digits(2 * n**3 / repeated(lambda: timed(product)) / 1e9)


def _scale(size: int) -> Task:
    a = np.arange(size // 4, dtype=np.float32) % np.float32(4096)
    out = np.empty_like(a)
    build = per_element(a, shaders.per_element("a[i] * 3.0", "vec4<f32>"), width=4)
    known = a.astype(np.float64) * 3
    return Task(BANDWIDTH, a.size, 0.0, known, 1.0, lambda: np.multiply(a, np.float32(3), out=out), build)


def _fastest(gpu: Gpu, sizes: list[Callable[[], Task]], growth: int) -> tuple[Job, float, float]:
    """The largest size whose pass is short enough on both sides: its job, and each side's fastest pass in seconds."""
    for make in sizes:
        job = make()
        passes, out = job.build(gpu)
        gpu.run(passes)
        once = gpu.run(passes)
        if growth * max(once, best(partial(timed, job.cpu), 2)) > LONGEST_S:
            break
    gpu.clear(out)
    batch = max(1, min(64, int(BATCH_S / once)))
    gpu_s = repeated(lambda: gpu.run(passes, batch)) / batch
    cpu_s = repeated(lambda: timed(job.cpu))
    return judged(job, job.read(gpu, out), gpu_s, cpu_s), gpu_s, cpu_s


def digits(figure: float) -> float:
    """Four digits: more would claim what no repetition shows. A very slow device still has a figure above 0."""
    return float(f"{figure:.4g}")


def timed(call: Callable[[], object]) -> float:
    """Seconds one call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def best(measure: Callable[[], float], times: int) -> float:
    """The least of several measurements: whatever disturbs makes them longer, never shorter."""
    return min(measure() for _ in range(times))


def repeated(measure: Callable[[], float]) -> float:
    """The least of as many measurements as fit, at least two."""
    until = time.perf_counter() + SPENT_S
    least = best(measure, 2)
    for _ in range(MOST_REPEATS - 2):
        if time.perf_counter() > until:
            break
        least = min(least, measure())
    return least
