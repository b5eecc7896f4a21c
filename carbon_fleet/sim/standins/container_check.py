"""vulkan-check as a modelled container has it: no GPU and no driver, a fixed answer that says so of itself."""

from __future__ import annotations

import json
import os
import sys
import time

from .container_proof import proof, trouble
from .disk import facts, fault

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DEVICE = "Virtio-GPU Venus (llvmpipe, modelled by carbon-fleet)"


def document(accept: str, render_node: bool) -> dict[str, Any]:
    """The document of the real vulkan-check (files/images/vulkan-check), marked `modelled`."""
    good = render_node and not fault("no-venus")
    refused = facts().get("VULKAN", "")
    accepted = good and accept == "software" and not refused
    device = {
        "name": _DEVICE,
        "driver_id": "MESA_VENUS",
        "driver_name": "venus",
        "driver_info": "modelled",
        "type": "CPU",
        "vendor_id": 65541,
        "api_version": "1.2.0",
    }
    compute = {
        "through": "venus",
        "device": _DEVICE,
        "device_type": "CPU",
        "vendor_id": 65541,
        "elements": 1048576,
        "ok": True,
        "init_s": 0.0,
        "run_s": 0.0,
        "wrong_values": 0,
    }
    code, why, remedy = (refused, "modelled by a fault", "") if refused else _verdict(good, accepted)
    return {
        "format_version": 1,
        "modelled": True,
        "measured_at": time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime()),
        "accept": accept,
        "devices": [device] * good,
        "venus": {
            "enumerated": good,
            "driver": {"id": "MESA_VENUS", "name": "venus", "info": "modelled"} if good else None,
            "device": {key: device[key] for key in ("name", "type", "vendor_id", "api_version")} if good else None,
        },
        "compute": compute if good else {**dict.fromkeys(compute), "elements": 0, "ok": False},
        "attempts": [
            {
                "driver": "venus",
                "step": "enumerate",
                "outcome": "ok" if good else "no_device",
                "seconds": 0.0,
                "message": "modelled",
            }
        ],
        "versions": {"modelled": "1"},
        "verdict": {"accepted": accepted, "code": code, "why": why, "remedy": remedy},
    }


def _verdict(good: bool, accepted: bool) -> tuple[str, str, str]:
    if not good:
        remedy = "give the container the render node (--device /dev/dri) of a machine whose provider is libkrun"
        return "no-venus", "no Venus device: modelled", remedy
    why = f"{_DEVICE} is Venus, but its host computes in software"
    if accepted:
        return "software", f"{why} (modelled; accepted by this lab)", ""
    return "software", why, "only a simulated lab may say accept_software_gpu: true"


def _render_node() -> bool:
    return os.path.exists("/dev/dri/renderD128")


def healthy(box: dict[str, Any]) -> bool:
    """What a container's health command would say: vulkan-check's verdict, or yes for any other command.

    But of an image with the tag `ill`, no.
    """
    if "vulkan-check" not in str(box["health"]):
        return not fault("containers-unhealthy") and not str(box["image_name"]).endswith(":ill")
    environment = dict(item.partition("=")[::2] for item in box["env"])
    node = "/dev/dri" in box["devices"] and _render_node()
    return bool(document(environment.get("CARBON_ACCEPT", "apple"), node)["verdict"]["accepted"])


def main(argv: list[str]) -> int:
    """`vulkan-check once [--json] | prove [--json] | health` inside a modelled container."""
    while fault("gpu-stuck"):
        time.sleep(0.2)
    result = document(os.environ.get("CARBON_ACCEPT", "apple"), _render_node())
    if "prove" in argv:
        trouble()
        result = proof(result)
    verdict = result["verdict"]
    if "--json" in argv:
        sys.stdout.write(json.dumps(result) + "\n")
    else:
        sys.stdout.write(f"{'accepted' if verdict['accepted'] else 'REFUSED'}: {verdict['code']}: {verdict['why']}\n")
    return 0 if verdict["accepted"] else 1
