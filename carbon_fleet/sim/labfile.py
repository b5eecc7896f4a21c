"""The lab file of a simulated lab: valid for `carbon-fleet apply`, field names as everywhere."""

import json
from typing import Any

import yaml

from carbon_fleet.sim import linux_host
from carbon_fleet.sim.state import Description, LabState

MESA_VERSION = "25.0.7"
"""What Debian trixie has as a source package, and a lab can therefore fetch."""
_MACHINE = {"name": "carbon", "cpus": 2, "memory": "2GiB", "disk": "20GiB", "rootful": True}


def write_lab_file(state: LabState, description: Description) -> None:
    """Write lab.yml beside the Description. A lab with real VMs adds where its images come from."""
    document: dict[str, Any] = {
        "lab": description.lab,
        "defaults": {
            "user": "lab",
            "key": str(state.key),
            "known_hosts": str(state.known_hosts),
            "accept_software_gpu": True,
            **_wish(state, description.vm),
        },
        "macs": {mac.name: {"host": mac.host, "port": mac.port} for mac in description.macs},
    }
    for host in description.linux:
        document["macs"][host.name] = {"host": host.host, "port": host.port, **_linux(state)}
    state.file.write_text(yaml.safe_dump(document, sort_keys=False))


def _linux(state: LabState) -> dict[str, Any]:
    """A Linux host's own layer: one container with the GPU, of the lab's base image."""
    services = json.loads((state.directory / "services" / "services.json").read_text())
    holder = {
        "image": services["base_reference"].partition("@")[0],
        "gpu": "cuda",
        "command": ["sleep", "infinity"],
        "health": {"command": ["test", "-c", "/dev/nvidia0"], "interval": "5s", "start_period": "20s"},
    }
    stacks = [{"name": "cuda", "containers": {"cuda": holder}}]
    return {
        "user": linux_host.USER,
        "runtime": "linux-nvidia",
        "preflight": {"free_disk": "1GiB", "host_memory": "1GiB"},
        "stacks": stacks,
    }


def _wish(state: LabState, vm: str) -> dict[str, Any]:
    if vm == "emulated":
        from carbon_fleet.sim.emulated.wish import wish

        return wish(state.directory / "services")
    images = {"images": _images(state)} if vm == "real" else {}
    return {"machine": dict(_MACHINE), "stacks": ["vulkan-check"], **images}


def _images(state: LabState) -> dict[str, Any]:
    """Where a real VM gets images from: the lab's registry (by digest) and mirror; its supervisor started both."""
    from carbon_fleet.sim import mirror

    services = json.loads((state.directory / "services" / "services.json").read_text())
    mesa = {"MESA_VERSION": MESA_VERSION, "MESA_URL": f"{services['mirror_url']}/{mirror.MESA_NAME}"}
    base = services["base_reference"]
    return {"venus": {"base": base, "args": mesa}, "vulkan-check": {"base": base}}
