"""llama-bench as the model has it, in a container and as Homebrew's: documented answers, no model is run.

Keys, messages and statuses are those of build 11669 (Debian's 0.7.0), run here; on the Mac `backends` and `gpu_info`
are as Macs report them. `build_commit` says `modelled`. The model file must be there; what is in it is not read.
"""

from __future__ import annotations

import json
import os
import sys
import time

from .disk import SHARED, facts, fail, fault, journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEVICE = "Virtio-GPU Venus (llvmpipe, modelled by carbon-fleet)"
_RATES = {"cpu": (48.0, 9.0), "venus": (160.0, 30.0), "metal": (210.0, 40.0)}
"""Invented tokens per second, prompt and generation."""
_LONG = {"--device": "-dev", "--model": "-m", "--repetitions": "-r", "--output": "-o", "--threads": "-t"}


def main(argv: list[str]) -> int:
    """`llama-bench -m FILE -p N -n N -t N -ngl N [--device NAME] -r N -o json`."""
    journal(["llama-bench", *argv[1:]], container=os.environ.get("SIM_CONTAINER", ""))
    if "--list-devices" in argv:
        there = not os.environ.get("SIM_CONTAINER")
        named = f"MTL0: {facts()['CHIP']} (21845 MiB, 21845 MiB free)" if there else "(none)"
        sys.stdout.write(f"Available devices:\n  {named}\n")
        return 0
    wish = {_LONG.get(name, name): value for name, value in zip(argv[1::2], argv[2::2], strict=False)}
    way = _way(wish)
    if way == "venus":
        _venus_trouble()
    if not os.path.isfile(_inside(wish["-m"])):
        sys.stdout.write("[\n")
        fail(f"llama_bench: error: failed to load model '{wish['-m']}'", 1)
    sys.stdout.write(json.dumps([_test(wish, way, kind) for kind in ("prompt", "generation")], indent=2) + "\n")
    return 0


def _way(wish: dict[str, str]) -> str:
    if not os.environ.get("SIM_CONTAINER"):
        return "metal"
    if wish.get("-dev", "none") == "none":
        return "cpu"
    # ggml-vulkan ignores a device that is a CPU unless it is named by number.
    if os.environ.get("GGML_VK_VISIBLE_DEVICES") != "0" or not os.path.exists("/dev/dri/renderD128"):
        sys.stdout.write("usage: llama-bench [options]\n")
        fail(f"error: invalid device: {wish['-dev']}\nerror: invalid parameter for argument: --device", 1)
    return "venus"


def _venus_trouble() -> None:
    if fault("bench-hangs"):
        time.sleep(3600)
    if fault("bench-crashes"):
        sys.stderr.write("MESA-VIRTIO: debug: vn_ring_submit abort on fatal\n")
        sys.stderr.flush()
        os.abort()


def _inside(model: str) -> str:
    """Where a path of the container is in the guest."""
    for volume in os.environ.get("SIM_VOLUMES", "").splitlines():
        source, target = volume.split(":")[:2]
        if model.startswith(f"{target}/"):
            return source + model[len(target) :]
    return model


def _count() -> int:
    """How often this was asked before: each answer differs a little, as real ones do."""
    path = f"{SHARED}/llama-bench.count"
    try:
        with open(path) as file:
            count = int(file.read())
    except FileNotFoundError:
        count = 0
    with open(path, "w") as file:
        file.write(str(count + 1))
    return count


def _test(wish: dict[str, str], way: str, kind: str) -> dict[str, Any]:
    fell_back = way == "venus" and fault("bench-falls-back")
    gpu = {"cpu": "", "venus": "" if fell_back else DEVICE, "metal": facts().get("CHIP", "Apple M4")}[way]
    rate = _RATES["cpu" if fell_back else way][kind == "generation"] * (1 + 0.01 * (_count() % 3))
    prompt, generate = (int(wish["-p"]), 0) if kind == "prompt" else (0, int(wish["-n"]))
    return {
        "build_commit": "modelled",
        "build_number": 11669,
        "cpu_info": "modelled",
        "gpu_info": gpu,
        "backends": "MTL,BLAS" if way == "metal" else "Vulkan",
        "model_filename": wish["-m"],
        "model_type": "modelled Q4_0",
        "model_size": os.path.getsize(_inside(wish["-m"])),
        "model_n_params": 0,
        "n_threads": int(wish["-t"]),
        "n_gpu_layers": int(wish["-ngl"]),
        "devices": wish.get("-dev", "auto"),
        "n_prompt": prompt,
        "n_gen": generate,
        "n_depth": 0,
        "test_time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "avg_ns": round(1e9 * (prompt + generate) / rate),
        "stddev_ns": 0,
        "avg_ts": round(rate, 6),
        "stddev_ts": 0.0,
        "samples_ts": [round(rate, 2)],
    }
