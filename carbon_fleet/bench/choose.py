"""Which way to the GPU a Mac's containers should take, decided by what was measured there."""

from collections.abc import Mapping

from carbon_fleet.bench.figures import PathFigures
from carbon_fleet.bench.paths import Path

MARGIN = 1.05
"""API remoting has to be this many times as fast: it takes a host set up for it, and Vulkan away from the whole VM."""


def choose(figures: Mapping[Path, PathFigures], proof_ok: Mapping[Path, bool]) -> Path:
    """The path to lock: remoting where it was measured, proved right and clearly faster at generating, else Venus.

    A path that is not in `proof_ok` is not proved. Venus is the answer also where nothing was measured: it is the way
    every image of ours takes, and its own proof says whether it holds.
    """
    remoting, venus = figures.get(Path.REMOTING), figures.get(Path.VENUS)
    if remoting is None or not proof_ok.get(Path.REMOTING, False):
        return Path.VENUS
    if venus is None or not proof_ok.get(Path.VENUS, False):
        return Path.REMOTING
    faster = remoting.generation.median >= MARGIN * venus.generation.median
    return Path.REMOTING if faster else Path.VENUS
