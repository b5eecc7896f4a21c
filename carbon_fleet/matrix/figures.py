"""llama.cpp's figures of a runtime, from what a `bench` measured; pure."""

from typing import Any

from carbon_fleet.matrix.runtimes import CUDA, LIBKRUN, NATIVE, Figure

PATHS = {LIBKRUN: "venus", NATIVE: "metal", CUDA: "vulkan"}
"""Of which of `bench`'s paths a runtime's figure is: it measures these, and no other engine."""


def figure_of(runtime: str, run: str, bench: dict[str, Any]) -> Figure | None:
    """The figure of a runtime in what `run`'s bench measured; None where it has none, or of a software GPU."""
    measured = bench["paths"].get(PATHS.get(runtime, ""))
    if not measured or (runtime != NATIVE and bench.get("software")):
        return None
    prompt, generation = measured["prompt"]["median"], measured["generation"]["median"]
    model = bench.get("model") or {}
    name = model.get("source") or model.get("sha256") or ""
    return Figure(PATHS[runtime], prompt, generation, run, name)
