"""Is this a GPU? Pure: findings and what is accepted in, verdict out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vulkan_check.model import Accept, Attempt, Device, Findings, Node, Verdict

RESTART = "restart the Podman machine: podman machine stop && podman machine start"
GIVE_NODE = "give the container the render node (--device /dev/dri) of a machine whose provider is libkrun"
UPDATE = "update krunkit, virglrenderer and MoltenVK on the Mac"

NODE = "/dev/dri/renderD128"
LOOK_AT_NODE = "in the machine, make the node readable and writable for all (podman machine ssh ls -l /dev/dri)"
EMPTY_VERSION = "0.0.0"
"""What a host that fell back says of its device: it is all zeros."""
APPLE_VENDOR = 0x106B
APPLE_NAME = re.compile(r"Virtio-GPU Venus \(Apple ")
SOFTWARE_NAME = re.compile(r"llvmpipe|SwiftShader", re.IGNORECASE)


def is_software(device: Device) -> bool:
    """The host computes on its CPU: the driver may still be Venus."""
    return device.type == "CPU" or SOFTWARE_NAME.search(device.name) is not None


def is_apple(device: Device) -> bool:
    """Venus in front of an Apple GPU: driver id, type, name and vendor must all say so."""
    named = APPLE_NAME.match(device.name) is not None and device.vendor_id == APPLE_VENDOR
    return named and device.driver_id == "MESA_VENUS" and not is_software(device)


def verdict(findings: Findings, accept: Accept) -> Verdict:
    """The verdict on what was found. With accept=apple nothing but right numbers from an Apple GPU is accepted."""
    venus = findings.venus()
    if venus is None:
        return no_venus(findings.devices, findings.attempts[0] if findings.attempts else None, findings.node)
    if venus.api_version == EMPTY_VERSION:
        return fell_back(f"the device behind it is empty: Vulkan {venus.api_version}, vendor {venus.vendor_id:#06x}")
    if accept == "apple":
        refused = not_apple(venus)
        if refused:
            return refused
    bad = _bad_numbers(findings)
    if bad:
        return bad
    return _good(findings, venus, accept)


def no_venus(devices: Sequence[Device], listing: Attempt | None, node: Node) -> Verdict:
    """The refusal where no device is Venus: `listing` is the attempt to enumerate, None where none was made."""
    message = listing.message if listing else "nothing was tried"
    if listing and listing.outcome == "timeout":
        return Verdict(False, "timeout", f"listing Vulkan devices hung: {message}", RESTART)
    if "OUT_OF_HOST_MEMORY" in message:
        why = f"the driver could not map its command ring ({message}), as drivers without 16 KiB rounding cannot"
        return Verdict(False, "unrounded-driver", why, "use the venus image built with STRATEGY=source")
    if listing and node == "missing":
        return Verdict(False, "no-device-node", f"this container has no {NODE}", GIVE_NODE)
    if listing and node == "denied":
        return Verdict(False, "no-device-node", f"this container's user may not open {NODE}", LOOK_AT_NODE)
    # What the loader makes of a Venus that found nothing: an empty list, or this error.
    nothing = listing and (listing.outcome == "no_device" or "ERROR_INITIALIZATION_FAILED" in message)
    if nothing and not devices:
        return fell_back(f"Venus offers no device behind it ({message})")
    others = ", ".join(f"{d.name} [{d.driver_id}]" for d in devices)
    return Verdict(False, "no-venus", f"no Venus device: {others or message}", GIVE_NODE)


def fell_back(why: str) -> Verdict:
    """The refusal of a device with nothing behind it: the node is there, and the Mac gave it no GPU."""
    remedy = f"{UPDATE}, then {RESTART}"
    return Verdict(
        False, "empty-capset", f"the render node is there, but {why}: the Mac's GPU backend fell back", remedy
    )


def not_apple(venus: Device) -> Verdict | None:
    """The refusal of a device that is no Apple GPU; None for one that is."""
    if is_apple(venus):
        return None
    if is_software(venus):
        why = f"{venus.name} is Venus, but its host computes in software"
        return Verdict(False, "software", why, "only a simulated lab may say accept_software_gpu: true")
    why = f"{venus.name} (vendor {venus.vendor_id:#06x}) is not an Apple GPU (vendor {APPLE_VENDOR:#06x})"
    return Verdict(False, "not-apple", why, "check which host this virtual machine runs on")


def _bad_numbers(findings: Findings) -> Verdict | None:
    result = findings.compute
    if result.through and result.ok and result.elements and result.wrong_values == 0:
        return None
    if result.through:
        why = f"{result.wrong_values} values computed by {result.device} are wrong"
        return Verdict(False, "wrong-numbers", why, UPDATE)
    last = findings.attempts[-1]
    if last.outcome == "timeout":
        why = f"the {last.step} step through {last.driver} hung: {last.message}"
        return Verdict(False, "timeout", why, RESTART)
    why = f"the {last.step} step through {last.driver} gave no numbers: {last.message}"
    return Verdict(False, "compute-failed", why, "see attempts in the result, and the container's log")


def _good(findings: Findings, venus: Device, accept: Accept) -> Verdict:
    result = findings.compute
    same = result.through == "venus" and result.device == venus.name
    if same and is_apple(venus):
        return Verdict(True, "ok", f"{result.elements} values right on {venus.name}")
    if accept == "software" and (same or result.through == "lavapipe"):
        how = "through Venus" if same else "directly, not through Venus"
        why = f"{result.elements} values right on {result.device}, {how}; accepted by this lab"
        return Verdict(True, "software", why)
    why = f"the numbers came from {result.device} through {result.through}, not from {venus.name}"
    return Verdict(False, "other-device", why, "see attempts in the result")
