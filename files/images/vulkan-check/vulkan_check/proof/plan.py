"""Which jobs a proof is made of. No numpy and no Vulkan here: the parent process reads it too."""

from __future__ import annotations

from typing import Literal

BANDWIDTH = "bandwidth-f32"
COMPUTE = "compute-f32"
SIZES = (1, 1000, 1 << 16, 1 << 20)

# 1000 fills no workgroup. The two measurements choose their sizes by what the device manages, hence 0.
PLAN: tuple[tuple[str, int], ...] = (
    *(("affine-i32", n) for n in SIZES),
    *(("root-f32", n) for n in SIZES),
    *(("sum-i32", n) for n in (1000, 1 << 20)),
    *(("sum-f32", n) for n in (1000, 1 << 20)),
    ("matmul-f32", 256 * 256),
    (BANDWIDTH, 0),
    (COMPUTE, 0),
)
"""Every job in its order: name and elements (matmul-f32: of the result)."""


def kind_of(name: str) -> Literal["integer", "float"]:
    """A job's name ends in the type it computes with."""
    return "integer" if name.endswith("i32") else "float"
