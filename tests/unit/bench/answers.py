"""Answers of llama-bench as build 11669 gave them here, shortened to the keys that are used and some that are not."""

import json
from typing import Any

COMMON: dict[str, Any] = {
    "build_commit": "Debian",
    "build_number": 11669,
    "cpu_info": "AMD EPYC",
    "gpu_info": "",
    "backends": "Vulkan",
    "model_filename": "/models/m.gguf",
    "model_type": "llama 1B Q4_0",
    "model_size": 636_000_000,
    "model_n_params": 1_100_048_384,
    "n_threads": 4,
    "n_gpu_layers": 0,
    "devices": "none",
    "lazy_mode": "auto",
}
VENUS = {"gpu_info": "Virtio-GPU Venus (Apple M4)", "n_gpu_layers": 99, "devices": "Vulkan0"}
METAL = {"gpu_info": "Apple M4", "backends": "MTL,BLAS", "n_gpu_layers": 99, "devices": "auto"}


def both(prompt: float = 100.0, generation: float = 20.0, **changes: Any) -> list[dict[str, Any]]:
    """Both tests, with `changes` in each."""
    shape = {**COMMON, **changes}
    return [
        {**shape, "n_prompt": 512, "n_gen": 0, "avg_ts": prompt, "samples_ts": [prompt]},
        {**shape, "n_prompt": 0, "n_gen": 128, "avg_ts": generation, "samples_ts": [generation]},
    ]


def text(prompt: float = 100.0, generation: float = 20.0, **changes: Any) -> str:
    """The whole standard output."""
    return json.dumps(both(prompt, generation, **changes), indent=2)
