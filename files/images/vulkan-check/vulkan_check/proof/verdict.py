"""Is this a GPU, and as fast as one? Pure: a proof and what is accepted in, verdict out."""

from __future__ import annotations

from vulkan_check.model import Accept, Device, Verdict
from vulkan_check.proof.model import Job, Proof, ProofDevice, Rate
from vulkan_check.proof.plan import PLAN
from vulkan_check.verdict import EMPTY_VERSION, RESTART, UPDATE, fell_back, is_apple, no_venus, not_apple

MIN_RATIO = 2.0
"""An Apple GPU multiplies matrices at least this many times as fast as one CPU core. docs/venus-layer.md says why."""
BUSY = f"quit what else uses the Mac's GPU and prove again; if it stays so, {UPDATE}"


def verdict(proof: Proof, accept: Accept) -> Verdict:
    """The verdict. With accept=apple nothing but right numbers, fast, from an Apple GPU is accepted."""
    venus = proof.venus()
    if venus is None:
        return no_venus(proof.devices, proof.attempts[0] if proof.attempts else None, proof.node)
    if is_empty(venus):
        what = f"Vulkan {venus.api_version}, vendor {venus.vendor_id:#06x}, {venus.heap_bytes} bytes of memory"
        return fell_back(f"the device behind it is empty: {what}")
    refused = not_apple(venus) if accept == "apple" else None
    return (
        refused or _bad_numbers(proof, venus) or _wrong_device(proof, venus, accept) or _accepted(proof, venus, accept)
    )


def worth_computing(venus: ProofDevice, accept: Accept) -> bool:
    """A device that cannot be accepted is named, not computed on: its deadlines would only delay the refusal."""
    return not is_empty(venus) and (accept == "software" or is_apple(venus))


def is_empty(device: ProofDevice) -> bool:
    """What a host that fell back hands out: a device of zeros."""
    return device.api_version == EMPTY_VERSION or device.heap_bytes == 0


def _bad_numbers(proof: Proof, venus: ProofDevice) -> Verdict | None:
    wrong = [job for job in proof.jobs if job.outcome == "wrong" or job.wrong_values]
    where = (proof.device or venus).name
    if wrong:
        why = f"{len(wrong)} of {len(proof.jobs)} jobs gave wrong numbers on {where}: {_labels(wrong)}"
        return Verdict(False, "wrong-numbers", why, UPDATE)
    last = proof.attempts[-1]
    if last.outcome == "timeout":
        return Verdict(False, "timeout", f"the proof hung on {where}: {last.message}", RESTART)
    right = [job for job in proof.jobs if job.outcome == "ok"]
    if len(right) < len(PLAN) or not proof.bandwidth or not proof.compute:
        why = f"{len(right)} of {len(PLAN)} jobs gave numbers on {where}: {last.message}"
        return Verdict(False, "compute-failed", why, "see attempts and jobs in the result, and the container's log")
    return None


def _labels(jobs: list[Job]) -> str:
    return ", ".join(job.label for job in jobs)


def _wrong_device(proof: Proof, venus: ProofDevice, accept: Accept) -> Verdict | None:
    around = accept == "software" and proof.through == "lavapipe" and proof.device is not None
    if around or (proof.through == "venus" and proof.device == venus):
        return None
    named = proof.device.name if proof.device else "a device that the driver does not list"
    why = f"the numbers came from {named} through {proof.through}, not from {venus.name}"
    return Verdict(False, "other-device", why, "see attempts in the result")


def _accepted(proof: Proof, venus: Device, accept: Accept) -> Verdict:
    """The verdict on right numbers from the right device."""
    ratio = _ratio(proof.compute)
    right = f"{len(proof.jobs)} jobs right on"
    if proof.through != "venus" or not is_apple(venus):
        named = proof.device.name if proof.device else venus.name
        how = "through Venus" if proof.through == "venus" else "directly, not through Venus"
        return Verdict(True, "software", f"{right} {named}, {how}; accepted by this lab")
    if accept == "apple" and not ratio >= MIN_RATIO:
        slow = f"{venus.name} multiplies matrices at {ratio:.3g} times the speed of one CPU core"
        why = f"the numbers are right, but {slow}; a GPU reaches {MIN_RATIO:g} times"
        return Verdict(False, "cpu-speed", why, BUSY)
    return Verdict(True, "ok", f"{right} {venus.name}, {ratio:.3g} times as fast as one CPU core")


def _ratio(rate: Rate | None) -> float:
    """GPU by one CPU core, from the figures themselves: a reader of the document judges by the same."""
    return rate.gpu_gflop_s / rate.cpu_gflop_s if rate and rate.cpu_gflop_s > 0 else 0.0
