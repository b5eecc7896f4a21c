"""How a Linux host is asked for its proof of CUDA: which container, by which command, and what stands against it."""

from carbon_fleet.connectors.ran import Ran
from carbon_fleet.plan import Command, World, guest
from carbon_fleet.prove.asking import APPLY, WHY, Unproven
from carbon_fleet.prove.cuda import Answer, NoAnswer, against, read
from carbon_fleet.report.document import Failure
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.snapshot.script import script_text
from carbon_fleet.spec import Mac
from operations.nvidia import RESOURCE as NVIDIA
from operations.nvidia.seen import NvidiaSeen
from operations.stack.quadlet import Unit, units
from operations.stack.wish import Stacks

SECONDS = 90
"""A first use makes the driver translate the job for its GPU."""
NOT_THERE = (126, 127)
"""What `podman exec` ends with where the container has no such program (podman-exec(1))."""


def cuda_units(mac: Mac) -> tuple[Unit, ...]:
    """The containers that are given the GPU; raises `Unproven` where there is none."""
    found = tuple(unit for unit in units(mac.section("stacks", Stacks), mac) if unit.container.gpu == "cuda")
    if not found:
        what = "the lab file gives no container of this host the GPU"
        raise Unproven("NO_PROOF_WISHED", what, f"write `stacks: [carbon-compute]` for it, then {APPLY}")
    return found


def host_of(world: World) -> NvidiaSeen:
    """NVIDIA's side of the host itself; raises `Unproven` where its driver knows no GPU."""
    try:
        seen = NVIDIA.observe(world.snapshot)
    except Unreadable as unreadable:
        raise Unproven("CUDA_UNREADABLE", str(unreadable), "`carbon-fleet probe LAB MAC`") from unreadable
    if not seen.gpus:
        what = "NVIDIA's driver on this host knows no GPU"
        raise Unproven("CUDA_NO_GPU", what, "`carbon-fleet plan LAB` names what its admin has to do")
    return seen


def job_command(unit: Unit, seed: int) -> Command:
    """The command that computes, by the container's own Python."""
    argv = ("podman", "exec", unit.container_name, "python3", "-c", script_text("cuda/job.py"), str(seed))
    return guest(*argv, deadline=SECONDS, says="prove that the GPU computes")


def judged(ran: Ran, unit: Unit, seed: int, host: NvidiaSeen) -> Answer:
    """The job's answer where nothing stands against it; else raises `Unproven`."""
    name, look = unit.container_name, f"look with `sudo podman exec {unit.container_name} nvidia-smi`; {APPLY}"
    if ran.status != 0:
        last = next((line for line in (*reversed(ran.err), *reversed(ran.out)) if line.strip()), "it said nothing")
        raise Unproven("CUDA_FAILED", f"the job in {name} ended with status {ran.status}: {last}", look)
    try:
        answer = read("\n".join(ran.out))
    except NoAnswer as wrong:
        raise Unproven("CUDA_FOREIGN", f"the job in {name}: {wrong}", look) from wrong
    found = against(answer, seed, [gpu.uuid for gpu in host.gpus])
    if found:
        raise Unproven("CUDA_REFUSED", "; ".join(found), look)
    return answer


def no_python(units_: tuple[Unit, ...]) -> Failure:
    """No container of the GPU's has a Python to compute with."""
    names = ", ".join(unit.container_name for unit in units_)
    what = f"no container with the GPU has python3 to compute with ({names})"
    return Failure(
        "gpu", "CUDA_NO_PYTHON", what, WHY, f"write a stack that has, such as `carbon-compute`, then {APPLY}"
    )
