"""What a benchmark needs of a Linux host: podman, the image, and NVIDIA's GPU by CDI as its stacks have it."""

from carbon_fleet.bench.paths import Path
from carbon_fleet.bench.ready import APPLY, Ready, image_of
from carbon_fleet.bench.trouble import CannotMeasure
from carbon_fleet.plan import Refusal, World
from operations.nvidia import RESOURCE as NVIDIA
from operations.preflight import RESOURCE as PREFLIGHT

NO_GPU_ASKED = "no container of this host is given the GPU, and so NVIDIA's driver is not asked for: add `llama-server`"


def refused(world: World) -> tuple[Refusal, ...]:
    """What its admin has to do before anything computes there, as `apply` refuses it."""
    findings = (finding for resource in (PREFLIGHT, NVIDIA) for finding in resource.findings(world))
    return tuple(finding for finding in findings if isinstance(finding, Refusal))


def ready_on_linux(world: World) -> Ready:
    """What a look at a host says where `refused` is empty; raises `CannotMeasure` with the way out."""
    image, nvidia = image_of(world), NVIDIA.observe(world.snapshot)
    if NVIDIA.findings(world):
        what = "podman has no CDI specification of the driver that runs"
        raise CannotMeasure("BENCH_CDI_ABSENT", what, APPLY)
    absent = {} if nvidia.asked else {Path.VULKAN: NO_GPU_ASKED}
    paths = tuple(path for path in (Path.CPU, Path.VULKAN) if path not in absent)
    host, gpus = PREFLIGHT.observe(world.snapshot).linux, tuple(gpu.name for gpu in nvidia.gpus)
    cpus, memory = (host.cpus, host.memory) if host else (0, 0)
    return Ready(image, cpus, memory, paths, absent, gpus=gpus)
