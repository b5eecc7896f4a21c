"""What the lab file of an emulated lab wishes for its Macs."""

import json
from pathlib import Path
from typing import Any

from carbon_fleet.sim.emulated.lab import IMAGE, REFERENCES

_MACHINE = {
    "name": "carbon",
    "cpus": 1,
    "memory": "2GiB",
    "disk": "20GiB",
    "rootful": True,
    "volumes": [],
    "image": IMAGE,
    "start_timeout": "10m",
}
_PODMAN = {"version": ">=5.4,<6"}
_SLOW = {
    "CARBON_ENUMERATE_SECONDS": "120",
    "CARBON_PROBE_SECONDS": "60",
    "CARBON_COMPUTE_SECONDS": "240",
    "CARBON_PROVE_SECONDS": "900",
}
"""The check's deadlines, some ten times what a Mac needs: its program is emulated, instruction by instruction."""
_HEALTH = {
    "command": ["vulkan-check", "health"],
    "interval": "60s",
    "timeout": "60s",
    "retries": 3,
    "start_period": "10m",
}


def wish(services: Path) -> dict[str, Any]:
    """The machine, the image that is brought in, and the stack vulkan-check with deadlines that fit emulation."""
    references = json.loads((services / REFERENCES).read_text())
    return {
        "homebrew": {"formulae": {"podman": dict(_PODMAN)}},
        "machine": dict(_MACHINE),
        "images": {"vulkan-check": {"pull": references["vulkan-check"], "pull_timeout": "30m"}},
        "stacks": [{"name": "vulkan-check", "containers": {"vulkan-check": _check()}}],
    }


def _check() -> dict[str, Any]:
    """The project's own stack of this name, but for what emulation needs."""
    from operations.stack.wish import definition

    own = definition("vulkan-check").containers["vulkan-check"].model_dump(mode="json", exclude_unset=True)
    return {
        **own,
        "environment": {**own.get("environment", {}), **_SLOW},
        "health": dict(_HEALTH),
        "ready_timeout": "20m",
    }
