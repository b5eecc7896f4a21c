"""Is this a Mac's GPU? Judged by what was measured, not by the document's own verdict; pure.

A disagreement with that verdict is a failure of its own: one of the two judges is wrong, or the document was made up.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from carbon_fleet.prove.document import SLOWEST, Device, Proof
from carbon_fleet.prove.jobs import bad_jobs
from carbon_fleet.report.document import Failure

APPLE_NAME = re.compile(r"Virtio-GPU Venus \(Apple ")
APPLE_VENDOR = 0x106B
SOFTWARE_NAME = re.compile(r"llvmpipe|SwiftShader", re.IGNORECASE)
MIN_RATIO = 2.0
"""A GPU multiplies matrices at least so many times as fast as one core of the virtual machine (docs/prove.md)."""
ADDRESS = "gpu"
RESTART = "restart the machine: `podman machine stop && podman machine start`, then prove again"
UPDATE = "update krunkit, libkrun, virglrenderer-krun and molten-vk (`brew upgrade`), restart the machine, prove again"
NODE = "give the container the render node (`gpu: venus` in its stack) and the machine the provider libkrun; apply"
SIMULATED = "on a real Mac, leave accept_software_gpu out"
NAMED = {"empty-capset": "GPU_EMPTY", "no-device-node": "GPU_NO_NODE", "unrounded-driver": "GPU_UNROUNDED_DRIVER"}
"""vulkan-check's words for why there is no device: it looked at the node, which the document does not show."""
NO_PROOF = "right numbers, fast, from the Mac's own GPU are what this lab calls a GPU"


@dataclass(frozen=True)
class Judgement:
    """What stands against a proof, and what is to be said about it though it is accepted."""

    failures: tuple[Failure, ...]
    notices: tuple[Failure, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether nothing stands against it."""
        return not self.failures


def judge(proof: Proof, *, accept_software: bool) -> Judgement:
    """Judge one Mac's proof by this Mac's lab file. `accept_software` is its `accept_software_gpu`."""
    against = tuple(_against(proof, accept_software))
    if against and proof.verdict.accepted:
        against = (*against, _disagrees(f"vulkan-check accepts this proof; {against[0].code} stands against it"))
    elif not against and not proof.verdict.accepted:
        against = (_disagrees(f"nothing stands against this proof, but vulkan-check refuses it: {proof.verdict.why}"),)
    return Judgement(against, (_software_notice(proof),) if is_software(proof) and not against else ())


def is_software(proof: Proof) -> bool:
    """Whether the figures are those of a CPU, or of no device at all."""
    return proof.device is None or not _apple(proof.device, proof.modelled)


def _against(proof: Proof, accept_software: bool) -> Iterator[Failure]:
    """The device first: on a device that cannot be accepted nothing was computed, and that need not be said again."""
    refused = _no_device(proof) or _other_hardware(proof, accept_software)
    if refused:
        yield refused
        return
    if accept_software and proof.accept == "apple" and not proof.jobs:
        what = "the container judges by accept=apple; this lab accepts software, and so nothing was computed"
        yield failure("PROOF_OTHER_RULE", what, "`carbon-fleet apply` makes the container what the lab file says")
        return
    jobs = tuple(bad_jobs(proof))
    yield from jobs
    if not jobs:
        yield from _place(proof, accept_software)
        yield from _speed(proof, accept_software)


def _no_device(proof: Proof) -> Failure | None:
    if proof.venus is None:
        said = "; ".join(attempt.message for attempt in proof.attempts if attempt.message) or "no word of why"
        others = ", ".join(f"{device.name} [{device.driver_id}]" for device in proof.devices) or said
        hung = any(attempt.outcome == "timeout" for attempt in proof.attempts)
        if hung:
            return failure("GPU_HUNG", f"listing the container's Vulkan devices hung: {said}", RESTART)
        code = NAMED.get(proof.verdict.code, "GPU_NO_VENUS")
        return failure(code, f"the container has no Venus device: {others}", proof.verdict.remedy or NODE)
    if proof.venus.vendor_id == 0 or proof.venus.heap_bytes == 0:
        what = f"the device {proof.venus.name} is empty: vendor {proof.venus.vendor_id:#06x}, no memory of its own"
        return failure("GPU_EMPTY", what, UPDATE)
    return None


def _other_hardware(proof: Proof, accept_software: bool) -> Failure | None:
    venus = proof.venus
    if accept_software or venus is None or _apple(venus, proof.modelled):
        return None
    if proof.modelled or _cpu(venus):
        what = f"{venus.name} is software: its host computes on the CPU"
        return failure("GPU_SOFTWARE", what, "only a simulated lab may say `accept_software_gpu: true`; " + UPDATE)
    what = f"{venus.name} (vendor {venus.vendor_id:#06x}) is no Apple GPU (vendor {APPLE_VENDOR:#06x})"
    return failure("GPU_NOT_APPLE", what, "look which host this virtual machine runs on")


def _apple(device: Device, modelled: bool) -> bool:
    named = APPLE_NAME.match(device.name) is not None and device.vendor_id == APPLE_VENDOR
    return named and device.driver_id == "MESA_VENUS" and not _cpu(device) and not modelled


def _cpu(device: Device) -> bool:
    return device.type == "CPU" or SOFTWARE_NAME.search(device.name) is not None


def _place(proof: Proof, accept_software: bool) -> Iterator[Failure]:
    """Where the numbers came from: the enumerated device, through Venus; around it only where software is accepted."""
    if proof.through == "venus" and proof.device == proof.venus:
        return
    if proof.through == "lavapipe" and accept_software and proof.device is not None and _cpu(proof.device):
        return
    computed = proof.device.name if proof.device else "no device that it names"
    what = f"the numbers came from {computed} through {proof.through}, not through Venus from {_name(proof.venus)}"
    yield failure("GPU_OTHER_DEVICE", what, "look at `devices` and `attempts` of this proof (--json)")


def _speed(proof: Proof, accept_software: bool) -> Iterator[Failure]:
    bandwidth, compute = proof.bandwidth, proof.compute
    if not bandwidth or not compute or min(bandwidth.gpu_gb_s, compute.gpu_gflop_s, compute.cpu_gflop_s) < SLOWEST:
        yield failure("PROOF_INCOMPLETE", "the proof has no figure for bandwidth, or none for compute", RESTART)
        return
    ratio = compute.gpu_gflop_s / compute.cpu_gflop_s
    if not accept_software and ratio < MIN_RATIO:
        what = f"{_name(proof.device)} computes at {ratio:.2f} times the speed of one CPU core; at least {MIN_RATIO:g}"
        yield failure("GPU_CPU_SPEED", f"{what} is a GPU", f"quit what else uses the Mac's GPU; {UPDATE}")


def _name(device: Device | None) -> str:
    return device.name if device else "any device"


def _software_notice(proof: Proof) -> Failure:
    how = "through Venus" if proof.through == "venus" else "directly, not through Venus"
    made_up = "; its figures are modelled, nothing was computed" if proof.modelled else ""
    what = f"{_name(proof.device)} computed {how}: that is software, not a Mac's GPU{made_up}"
    why = "this lab accepts it (accept_software_gpu: true): a simulated lab has no GPU"
    return Failure(ADDRESS, "GPU_SOFTWARE", what, why, SIMULATED)


def _disagrees(what: str) -> Failure:
    why = "carbon-fleet judges the measurements themselves, and comes to another end: one of the two is wrong"
    remedy = "apply, so that container and lab file agree; if it stays, report it with this proof (--json)"
    return Failure(ADDRESS, "VERDICT_DISAGREES", what, why, remedy)


def failure(code: str, what: str, remedy: str) -> Failure:
    """A failure of the proof."""
    return Failure(ADDRESS, code, what, NO_PROOF, remedy)
