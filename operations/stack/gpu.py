"""The Venus driver in a container: carried by its image, or mounted from the Venus layer's own image.

An image of ours that is made from the layer has the driver at `PLACE`. Every other one gets the very same folder
mounted there, read-only (podman-run(1), `--mount type=image`; `subpath` since podman 5.1), and the same two variables.
"""

from collections.abc import Iterator

from operations.image import catalogue
from operations.render import quadlet
from operations.stack.container import Container

LAYER = "venus"
"""The image of ours that holds the driver, and nothing else."""
PLACE = quadlet.DRIVER
"""Where the driver is: in the layer's image, and in every container with a GPU."""
MANIFEST = f"{PLACE}/virtio_icd.json"
SELECTING = ("VK_DRIVER_FILES", "VK_ICD_FILENAMES")
"""What chooses the driver. Vulkan loaders before 1.3.207 know only the second; the others prefer the first."""
SOFTWARE = ("GALLIUM_DRIVER", "LIBGL_ALWAYS_SOFTWARE", "MESA_LOADER_DRIVER_OVERRIDE")
"""What images without a GPU say to render on the CPU."""


def mounted(container: Container) -> bool:
    """Whether the driver has to be brought into the container.

    Not where its image has it, where something else of the lab's lies at its place, or where llama.cpp computes
    without Vulkan.
    """
    if container.gpu != "venus" or container.gpu_path == "remoting":
        return False
    return not catalogue.made_from(container.image, LAYER) and PLACE not in _taken(container)


def environment(container: Container) -> dict[str, str]:
    """What chooses the mounted driver; nothing where the lab file itself chooses one."""
    if not mounted(container) or any(name in container.environment for name in SELECTING):
        return {}
    return dict.fromkeys(SELECTING, MANIFEST)


def without(container: Container) -> tuple[str, ...]:
    """Variables of the image that would keep it from the GPU; what the lab file sets stays."""
    return tuple(name for name in SOFTWARE if name not in container.environment) if mounted(container) else ()


def _taken(container: Container) -> Iterator[str]:
    yield from (volume.split(":")[1].rstrip("/") for volume in container.volumes)
    yield from (place.rstrip("/") for place in container.tmpfs)
