"""What runs a host's stacks: the runtimes there are, and the GPU that each may claim once it is proven."""

from typing import Literal, get_args

RuntimeName = Literal[
    "podman-libkrun", "podman-applehv", "docker", "apple-container", "native", "lima", "colima", "linux-nvidia"
]
"""The runtimes carbon-fleet knows."""
ADOPTED: tuple[RuntimeName, ...] = ("lima", "colima")
"""Those it only looks at and proves: they run no stacks."""
DEFAULT: RuntimeName = "podman-libkrun"
LINUX: RuntimeName = "linux-nvidia"
"""That of a host which is no Mac: its containers run on it without a virtual machine between."""
RUNTIMES: tuple[RuntimeName, ...] = get_args(RuntimeName)
CLAIMS: dict[RuntimeName, str | None] = {
    "podman-libkrun": "venus",
    "podman-applehv": None,
    "docker": None,
    "apple-container": None,
    "native": "metal",
    "lima": "venus",
    "colima": "venus",
    "linux-nvidia": "cuda",
}
"""By which way containers of a runtime compute on the GPU; None: they do not, and nothing else is ever said."""


def with_gpu() -> tuple[RuntimeName, ...]:
    """The runtimes whose stacks can compute on the GPU."""
    return tuple(name for name in RUNTIMES if CLAIMS[name] and name not in ADOPTED)
