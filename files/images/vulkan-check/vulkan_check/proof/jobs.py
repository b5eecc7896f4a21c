"""The jobs with known answers: their programs and their answers by numpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vulkan_check.proof import shaders
from vulkan_check.proof.gpu import Gpu, Pass
from vulkan_check.proof.inputs import floats, integers, matrix
from vulkan_check.proof.task import Task

ROUNDING = 2.0**-23
"""Relative error of one float operation: Vulkan lets it round towards zero, which is twice the usual half unit."""
ROOT_TOLERANCE = 1e-5
"""Vulkan allows sqrt a few units in the last place (about 5e-7); garbage is far beyond both."""


def task(name: str, elements: int) -> Task:
    """The job of that name and size. Raises KeyError for a name there is no job for."""
    makers = {
        "affine-i32": _affine,
        "root-f32": _root,
        "sum-i32": _sum_i32,
        "sum-f32": _sum_f32,
        "matmul-f32": lambda n: matmul("matmul-f32", n),
    }
    return makers[name](elements)


def _affine(n: int) -> Task:
    a = integers(n)

    def cpu() -> np.ndarray:
        return a * np.int32(3) + np.int32(7)

    build = per_element(a, shaders.per_element("a[i] * 3 + 7", "i32"))
    return Task("affine-i32", n, 0.0, cpu().astype(np.float64), 1.0, cpu, build)


def _root(n: int) -> Task:
    a = floats(n) * np.float32(1000)

    def cpu() -> np.ndarray:
        return np.sqrt(a) * np.float32(0.5) + np.float32(1.25)

    known = np.sqrt(a.astype(np.float64)) * 0.5 + 1.25
    build = per_element(a, shaders.per_element("sqrt(a[i]) * 0.5 + 1.25", "f32"))
    return Task("root-f32", n, ROOT_TOLERANCE, known, known, cpu, build)


def _sum_i32(n: int) -> Task:
    a = integers(n)
    known = np.array([a.sum(dtype=np.int32)])
    return Task("sum-i32", n, 0.0, known.astype(np.float64), 1.0, lambda: a.sum(dtype=np.int32), _tree(a, "i32"))


def _sum_f32(n: int) -> Task:
    a = floats(n)
    known = np.array([a.sum(dtype=np.float64)])
    depth = 8 * len(levels(n))  # all values are positive, so each addition on a value's way adds one rounding at most
    return Task("sum-f32", n, depth * ROUNDING, known, known, lambda: a.sum(dtype=np.float32), _tree(a, "f32"))


def matmul(name: str, elements: int) -> Task:
    """The product of two matrices; `elements` is n*n. An error is measured against |A||B|, its bound is n roundings."""
    n = round(elements**0.5)
    a, b = matrix(n, 1), matrix(n, 2)
    exact = a.astype(np.float64), b.astype(np.float64)

    def build(gpu: Gpu) -> tuple[list[Pass], Any]:
        out = gpu.empty(4 * n * n)
        side = n // shaders.SIDE
        program = gpu.program(shaders.matmul(n))
        return [gpu.bind(program, (gpu.upload(a), gpu.upload(b), out), (side, side))], out

    scale = np.abs(exact[0]) @ np.abs(exact[1])
    return Task(name, n * n, n * ROUNDING, exact[0] @ exact[1], scale, lambda: a @ b, build)


def per_element(a: np.ndarray, shader: str, width: int = 1) -> Callable[[Gpu], tuple[list[Pass], Any]]:
    """The dispatch of a program that makes one value of each; an invocation takes `width` of them."""

    def build(gpu: Gpu) -> tuple[list[Pass], Any]:
        out = gpu.empty(a.nbytes)
        groups = -(-a.size // (shaders.WORKGROUP * width))
        return [gpu.bind(gpu.program(shader), (gpu.upload(a), out), (groups, 1))], out

    return build


def levels(n: int) -> list[int]:
    """How many partial sums each level of the tree leaves: 1048576 leaves 4096, then 16, then 1."""
    left = -(-n // shaders.WORKGROUP)
    return [left] if left == 1 else [left, *levels(left)]


def _tree(a: np.ndarray, scalar: str) -> Callable[[Gpu], tuple[list[Pass], Any]]:
    def build(gpu: Gpu) -> tuple[list[Pass], Any]:
        program, source, passes = gpu.program(shaders.partial_sums(scalar)), gpu.upload(a), []
        for left in levels(a.size):
            target = gpu.empty(4 * left)
            passes.append(gpu.bind(program, (source, target), (left, 1)))
            source = target
        return passes, source

    return build
