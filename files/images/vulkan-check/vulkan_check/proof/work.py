"""`python -m vulkan_check.proof.work FIRST`: the jobs from number FIRST on, in a process of its own.

Each line on stdout is one JSON object, written as it happens, so that a reader knows which job a hang belongs to:
`{"device": …, "versions": …}` once the device is open, `{"start": number}`, `{"job": …, "bandwidth": …, "compute": …}`,
and at the end `{"outcome": …, "message": …}`.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from vulkan_check.compute import NoDevice
from vulkan_check.proof.plan import BANDWIDTH, COMPUTE, PLAN


def say(**line: Any) -> None:
    """Write one line at once."""
    print(json.dumps(line), flush=True)


def answer(gpu: Any, name: str, elements: int) -> dict[str, Any]:
    """One job's line: the job, and what it measured."""
    from vulkan_check.proof import jobs, speed

    if name == BANDWIDTH:
        job, moved = speed.bandwidth(gpu)
        return {"job": asdict(job), "bandwidth": asdict(moved)}
    if name == COMPUTE:
        job, rate = speed.compute(gpu)
        return {"job": asdict(job), "compute": asdict(rate)}
    return {"job": asdict(speed.run(gpu, jobs.task(name, elements)))}


def work(first: int) -> None:
    """Do the jobs. Raises NoDevice and whatever wgpu raises."""
    import numpy as np
    import wgpu  # type: ignore[import-not-found,unused-ignore]

    from vulkan_check.proof.gpu import Gpu

    gpu = Gpu()
    say(device=gpu.name, versions={"wgpu": wgpu.__version__, "numpy": np.__version__})
    for number, (name, elements) in enumerate(PLAN[first:], first):
        say(start=number)
        say(**answer(gpu, name, elements))


def main(first: int) -> None:
    """Do the jobs; what they raise becomes the outcome."""
    try:
        work(first)
    except NoDevice as error:
        say(outcome="no_device", message=str(error))
    except Exception as error:
        say(outcome="error", message=f"{error}"[:300] or type(error).__name__)
    else:
        say(outcome="ok", message="")


if __name__ == "__main__":
    main(int(sys.argv[1]))
