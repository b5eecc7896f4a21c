"""The layers of the chain from Metal up to the stacks, and which of them an address of a Report belongs to."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache


@dataclass(frozen=True)
class Layer:
    """A column of the fleet's matrix: its title, what stands there, the globs of its addresses."""

    name: str
    title: str
    what: str
    globs: tuple[str, ...]


LAYERS = (
    Layer(
        "metal",
        "Metal",
        "the Mac itself: macOS, power, its LaunchAgents, what it has to offer",
        ("preflight*", "power*", "agent*", "*test_mac.py*", "*test_power.py*", "*test_agent.py*"),
    ),
    Layer("moltenvk", "MoltenVK", "Vulkan on Metal", ("homebrew.*molten*",)),
    Layer("virgl", "virgl", "virglrenderer: takes the machine's Vulkan commands", ("homebrew.*virgl*",)),
    Layer("krunkit", "krunkit", "libkrun, its tap, and podman's provider", ("homebrew.*krun*", "provider*")),
    Layer("podman", "Homebrew", "podman and what else Homebrew brings", ("homebrew*",)),
    Layer(
        "machine",
        "machine",
        "the Podman machine, Docker Desktop, Apple's `container`, or an instance of Lima or Colima",
        (
            *("machine*", "lima*", "*test_lima.py*", "*test_machine.py*"),
            *("docker", "docker.app", "docker.engine", "docker.settings"),
            *("apple_container", "apple_container.cli", "apple_container.system", "apple_container.kernel"),
            # As the matrix names runtimes.
            *("docker-desktop", "podman-*", "apple-container", "colima"),
        ),
    ),
    Layer("guest", "guest", "what is inside the machine", ("guest*", "*test_guest.py*")),
    Layer(
        "venus",
        "Venus",
        "the Venus driver, and containers that compute on the GPU",
        ("nvidia*", "*test_cuda.py*", "image.venus*", "gpu*", "*test_gpu.py*"),
    ),
    Layer("images", "images", "container images", ("image*", "docker.image*", "apple_container.image*")),
    Layer(
        "data",
        "data",
        "secrets, models, volumes",
        (
            "secret*",
            "model*",
            "stack.volume*",
            "volume*",
            "moving*",
            "docker.volume*",
            "apple_container.volume*",
            "native.volume*",
            "native.model*",
            "*test_secrets.py*",
            "*test_models.py*",
        ),
    ),
    Layer(
        "stacks",
        "stacks",
        "containers and programs, and their ports",
        (
            "stack*",
            "docker*",
            "apple_container*",
            "native*",
            "environment*",
            "*test_containers.py*",
            "*test_ports.py*",
            "*test_docker.py*",
            "*test_apple_container.py*",
            "*test_environments.py*",
            "*test_native.py*",
        ),
    ),
)
"""From the bottom up; an address belongs to the first layer that knows it."""


@cache
def layer_of(address: str) -> str:
    """The layer an address belongs to; what concerns the Mac as a whole (`mac`, `lock`, a name) is at the bottom."""
    return next((layer.name for layer in LAYERS if any(fnmatchcase(address, glob) for glob in layer.globs)), "metal")
