"""The order of runs: every round has each path once, so that what warms up or slows down a host meets all of them."""

from collections.abc import Iterator, Sequence

from carbon_fleet.bench.paths import Path

ORDER = (Path.CPU, Path.VENUS, Path.METAL, Path.REMOTING, Path.VULKAN)


def rounds(paths: Sequence[Path], repeats: int) -> Iterator[tuple[int, Path]]:
    """`(round, path)` in the order they are run, rounds counted from 1."""
    ordered = [path for path in ORDER if path in paths]
    return ((number, path) for number in range(1, repeats + 1) for path in ordered)
