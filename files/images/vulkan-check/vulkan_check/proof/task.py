"""A job ready to run, and what counts as wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from vulkan_check.proof.gpu import Gpu, Pass
from vulkan_check.proof.model import Job
from vulkan_check.proof.plan import kind_of


@dataclass(frozen=True)
class Task:
    """A job ready to run.

    `known` holds the right answers in double precision, `scale` what an error is divided by before it is held against
    `tolerance`. `cpu` does the same in the job's own precision. `build` compiles and binds; it gives the dispatches and
    the buffer that holds the answers afterwards.
    """

    name: str
    elements: int
    tolerance: float
    known: np.ndarray
    scale: np.ndarray | float
    cpu: Callable[[], np.ndarray]
    build: Callable[[Gpu], tuple[list[Pass], Any]]

    def read(self, gpu: Gpu, buffer: Any) -> np.ndarray:
        """The answers in `buffer`, flat."""
        return gpu.read(buffer, "<i4" if kind_of(self.name) == "integer" else "<f4", self.known.size)


def judged(job: Task, got: np.ndarray, seconds: float, cpu_seconds: float) -> Job:
    """Hold the answers against the known ones."""
    with np.errstate(invalid="ignore", over="ignore"):
        error = np.abs(got.astype(np.float64) - job.known.ravel()) / np.ravel(job.scale)
    wrong = int(np.count_nonzero(~(error <= job.tolerance)))  # written so that NaN is wrong
    finite = error[np.isfinite(error)]
    return Job(
        name=job.name,
        kind=kind_of(job.name),
        elements=job.elements,
        tolerance=job.tolerance,
        wrong_values=wrong,
        worst_error=float(finite.max()) if finite.size else 0.0,
        outcome="wrong" if wrong else "ok",
        message=f"{wrong} of {got.size} values are wrong" if wrong else "",
        seconds=round(seconds, 6),
        cpu_seconds=round(cpu_seconds, 6),
    )
