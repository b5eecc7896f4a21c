"""`python -m vulkan_check.child STEP NUMBER`: one step in a process of its own; one JSON object on stdout.

A driver may hang, abort the process or take all memory: whatever touches Vulkan happens here, never in the parent.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any


def enumerate_devices() -> dict[str, Any]:
    """The selected driver's devices, the bytes of each one's largest heap, and the loader's version."""
    from vulkan_check import vulkan

    lib = vulkan.loader()
    found = vulkan.devices(lib)
    outcome = "ok" if found else "no_device"
    message = "" if found else "the driver offers no device"
    return {
        "outcome": outcome,
        "message": message,
        "devices": [asdict(device) for device, _ in found],
        "heaps": [heap for _, heap in found],
        "loader": vulkan.loader_version(lib),
    }


def probe() -> dict[str, Any]:
    """Whether device memory can be mapped."""
    from vulkan_check import memory_probe, vulkan

    memory_probe.probe(vulkan.loader())
    return {"outcome": "ok"}


def compute(elements: int) -> dict[str, Any]:
    """The numeric job."""
    from vulkan_check import compute as job

    try:
        numbers = job.compute(elements)
    except job.NoDevice as error:
        return {"outcome": "no_device", "message": str(error)}
    wrong = numbers["wrong_values"]
    return {
        "outcome": "wrong" if wrong else "ok",
        "message": f"{wrong} of {2 * elements} values are wrong" if wrong else "",
        **numbers,
    }


def cpu(n: int) -> dict[str, Any]:
    """What this process's numpy makes of products of n by n matrices, with all the threads it may have."""
    from vulkan_check.proof import speed

    return {"outcome": "ok", "gflop_s": speed.cpu_gflop_s(n), "threads": len(os.sched_getaffinity(0))}


def main(step: str, elements: int) -> dict[str, Any]:
    """Run one step; what it raises becomes its outcome."""
    steps: dict[str, Callable[[], dict[str, Any]]] = {
        "enumerate": enumerate_devices,
        "probe": probe,
        "compute": lambda: compute(elements),
        "cpu": lambda: cpu(elements),
    }
    try:
        return steps[step]()
    except Exception as error:
        return {"outcome": "error", "message": f"{error}" or type(error).__name__}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))), flush=True)
