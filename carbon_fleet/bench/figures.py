"""Figures of several runs: medians with their spread, and the ratios between paths."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from carbon_fleet.bench.parse import Answer
from carbon_fleet.bench.paths import Path

SEEDS = {
    "speedup": 3.3,
    "of_metal": 0.77,
    "what": "claims of the documents this project began from (85 s to 26 s for a Q4_0 model; 77 % of native Metal): "
    "not measured by carbon-fleet, and of another Mac and model",
}


@dataclass(frozen=True)
class Figure:
    """Tokens per second over the rounds: the median, the lowest, the highest."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, rates: Sequence[float]) -> "Figure":
        """The figure of at least one rate."""
        return cls(round(median(rates), 3), round(min(rates), 3), round(max(rates), 3))


@dataclass(frozen=True)
class PathFigures:
    """One path over all its rounds, and what it ran on."""

    prompt: Figure
    generation: Figure
    runs: int
    device: str
    backends: str
    build: str

    @classmethod
    def of(cls, answers: Sequence[Answer]) -> "PathFigures":
        """The figures of one path's answers; at least one."""
        last = answers[-1]
        prompt = Figure.of([answer.prompt for answer in answers])
        generation = Figure.of([answer.generation for answer in answers])
        return cls(prompt, generation, len(answers), last.gpu, last.backends, last.build)


def ratios(paths: Mapping[Path, PathFigures]) -> dict[str, Any]:
    """How many times the CPU's rate, and which part of Metal's, each way through a container reaches."""
    found: dict[str, Any] = {}
    for path in (Path.VENUS, Path.REMOTING, Path.VULKAN):
        for other, word in ((Path.CPU, "over"), (Path.METAL, "of")):
            if path in paths and other in paths:
                found[f"{path}_{word}_{other}"] = _ratio(paths[path], paths[other])
    return found


def _ratio(one: PathFigures, other: PathFigures) -> dict[str, float]:
    return {
        "prompt": round(one.prompt.median / other.prompt.median, 3),
        "generation": round(one.generation.median / other.generation.median, 3),
    }


def plain(paths: Mapping[Path, PathFigures]) -> dict[str, Any]:
    """The figures as JSON values, by path."""
    return {path.value: asdict(figures) for path, figures in paths.items()}
