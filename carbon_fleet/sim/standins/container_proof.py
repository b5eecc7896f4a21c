"""`vulkan-check prove` as a modelled container has it: plausible figures that nobody measured, and says so."""

from __future__ import annotations

import os
import sys
import time

from .disk import fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

JOBS = (
    *(("affine-i32", "integer", size, 0.0) for size in (1, 1000, 65536, 1048576)),
    *(("root-f32", "float", size, 1e-05) for size in (1, 1000, 65536, 1048576)),
    ("sum-i32", "integer", 1048576, 0.0),
    ("sum-f32", "float", 1048576, 1e-05),
    ("matmul-f32", "float", 65536, 4e-05),
)
BANDWIDTH, COMPUTE = 8.0, 20.0
"""GB/s and GFLOP/s, for the model and the ratio to its CPU."""
SLOWER = 20.0
"""So many times as slow with the fault `gpu-slow`: below the bound even of software."""


def proof(checked: dict[str, Any]) -> dict[str, Any]:
    """The proof that goes with `once`'s document: the same devices and verdict, jobs and figures beside them."""
    computed = bool(checked["devices"]) and (checked["accept"] == "software")
    devices = [{**one, "heap_bytes": 4 * 2**30} for one in checked["devices"]]
    return {
        "format_version": 1,
        "kind": "proof",
        "modelled": True,
        "measured_at": checked["measured_at"],
        "accept": checked["accept"],
        "devices": devices,
        "through": "venus" if computed else None,
        "device": devices[0] if computed else None,
        "jobs": [_job(*job) for job in JOBS] if computed else [],
        "bandwidth": _figure("gb_s", BANDWIDTH, bytes=12582912) if computed else None,
        "compute": _figure("gflop_s", COMPUTE, n=256) if computed else None,
        "attempts": checked["attempts"],
        "seconds": 0.0,
        "versions": {**checked["versions"], "kernel": os.uname().release},
        "verdict": checked["verdict"],
    }


def _job(name: str, kind: str, elements: int, tolerance: float) -> dict[str, Any]:
    wrong = elements if fault("gpu-wrong") and name == "matmul-f32" else 0
    return {
        "name": name,
        "kind": kind,
        "elements": elements,
        "tolerance": tolerance,
        "wrong_values": wrong,
        "worst_error": 1.7 if wrong else 0.0,
        "outcome": "wrong" if wrong else "ok",
        "message": "",
        "seconds": 0.0,
        "cpu_seconds": 0.0,
    }


def _figure(unit: str, speed: float, **more: int) -> dict[str, Any]:
    gpu = speed / (SLOWER if fault("gpu-slow") else 1.0)
    return {**more, f"gpu_{unit}": gpu, f"cpu_{unit}": speed, "ratio": gpu / speed}


def trouble() -> None:
    """What ends a proof before its document: a GPU that hangs, a program that prints something else."""
    if fault("gpu-hangs"):
        while True:
            time.sleep(3600)
    if fault("gpu-garbage"):
        sys.stdout.write('{"format_version": 1, "kind": "proof", "devices": [\n\x1b]0;gpu\x07 !!!!\n')
        sys.exit(0)
