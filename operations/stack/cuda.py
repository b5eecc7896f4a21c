"""NVIDIA's GPU in a container of a Linux host: by CDI, the way podman takes devices that are more than a node.

The specification `/etc/cdi/nvidia.yaml` names the nodes, libraries and hooks; `nvidia.com/gpu=all` is all of them
(NVIDIA Container Toolkit, "Support for Container Device Interface"). Its Vulkan driver is among them: the manifest is
mounted in /etc/vulkan/icd.d, libraries where the host has them (the toolkit's internal/discover/graphics.go). Its hooks
write into the container's root: where that is read-only they fail, for crun has made it so before they run
(containers/crun issue 667; kserve pull request 5711; seen here with ldconfig and crun 1.21).
"""

from collections.abc import Iterator

from carbon_fleet.spec import Mac, Problem
from carbon_fleet.spec.runtime import LINUX
from operations.image import catalogue
from operations.stack.container import Container
from operations.stack.gpu import LAYER

DEVICE = "nvidia.com/gpu=all"
"""What podman is told: every GPU of the host."""


def problems(name: str, container: Container, mac: Mac, path: tuple[str | int, ...]) -> Iterator[Problem]:
    """CUDA on a Mac, and on a Linux host what computes by Venus alone."""
    if container.gpu == "cuda" and not mac.linux:
        why = f"CUDA is NVIDIA's, and a host has it by the runtime `{LINUX}`"
        yield Problem((*path, "gpu"), f"`{name}` wants CUDA, and this is a Mac", why, "write `gpu: venus`")
    elif mac.linux and catalogue.made_from(container.image, LAYER, linux=True):
        what = f"`{name}` computes by Venus, a Mac's way to its GPU, and `{mac.name}` is a Linux host"
        write = "leave the stack out here; `carbon-compute` and `ollama` compute by CUDA, `llama-server` by Vulkan"
        yield Problem(path, what, f"its image `{container.image}` has no other driver", write)
    elif container.gpu == "cuda" and container.read_only:
        what = f"`{name}` is read-only, and NVIDIA's hooks write into its root before it starts"
        why = "crun has made it read-only by then, so that it would not start"
        yield Problem((*path, "read_only"), what, why, "leave `read_only` out")
    elif mac.linux and container.gpu_path != "auto":
        why = f"`{container.gpu_path}` is a way of a Mac's virtual machine"
        yield Problem((*path, "gpu_path"), f"`{name}` has one way to its GPU, CUDA", why, "leave it out")
