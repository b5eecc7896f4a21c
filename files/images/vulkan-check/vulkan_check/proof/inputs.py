"""What the jobs compute on: the same numbers on every machine."""

from __future__ import annotations

import numpy as np


def integers(n: int, seed: int = 0) -> np.ndarray:
    """n values scattered over all of int32 by a hash of place and `seed`: products and sums wrap, 24 bits do not do."""
    mixed = np.arange(n, dtype=np.uint32) + np.uint32((seed + 1) << 24)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B), (16, 1)):
        mixed = (mixed ^ (mixed >> np.uint32(shift))) * np.uint32(factor)
    return mixed.view(np.int32)


def floats(n: int) -> np.ndarray:
    """n values in [1, 2), as float32: none vanishes beside the sum of the others."""
    return (1 + (np.arange(n, dtype=np.int64) * 7919) % 1000003 / 1000003).astype(np.float32)


def matrix(n: int, seed: int) -> np.ndarray:
    """An n by n float32 matrix of scattered values in [-1, 1]."""
    return (integers(n * n, seed).reshape(n, n) / 2.0**31).astype(np.float32)
