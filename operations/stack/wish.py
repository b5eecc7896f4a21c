"""What a lab file may say of stacks: names of `files/stacks/NAME.yml`, or whole stacks written in place."""

from functools import cache
from typing import Annotated, Literal

from pydantic import Field

from carbon_fleet import assets
from carbon_fleet.spec import AbsolutePath, Duration, EnvName, Name, RootWish, Size, Text, Wish
from operations._definitions import load
from operations.stack.gpu_path import GpuPath
from operations.stack.words import Device, Environment, Plain, Port, Reference, Volume


class Health(Wish):
    """How a container is asked whether it does its work."""

    command: Plain | Annotated[tuple[Text, ...], Field(min_length=2)]
    """A list is run as it is; one line of text by the container's own sh."""
    interval: Duration = Duration.parse("30s")
    """Time between two checks."""
    timeout: Duration = Duration.parse("30s")
    """How long one check may take."""
    retries: int = Field(default=3, ge=1, le=100)
    """How many failures in a row make a container unhealthy."""
    start_period: Duration = Duration.parse("0s")
    """How long after its start failures do not count."""


class Container(Wish):
    """One container of a stack."""

    image: Reference
    """An image of ours by its name, or any other by its full reference (`docker.io/library/postgres:17`)."""
    gpu: Literal["venus", "none"] = "none"
    """`venus` gives it /dev/dri, and the rule by which a GPU is accepted on this Mac as CARBON_ACCEPT."""
    gpu_path: GpuPath = "auto"
    """Which way to the GPU: `auto` is Venus; `remoting` where `carbon-fleet bench` recommends it."""
    command: tuple[Text, ...] = ()
    """Arguments over the image's own, a list."""
    entrypoint: tuple[Text, ...] = ()
    """The program over the image's own, a list."""
    environment: dict[EnvName, Environment] = Field(default_factory=dict)
    """Environment variables. Never secrets: anybody who may list containers sees them."""
    ports: tuple[Port, ...] = ()
    """Ports of the machine for ports of the container: `127.0.0.1:8080:80`, `8080:80/udp`."""
    volumes: tuple[Volume, ...] = ()
    """`NAME:/path` keeps data in the machine, `/in/the/machine:/path:ro` shows a folder of it."""
    devices: tuple[Device, ...] = ()
    """Devices of the machine besides the GPU."""
    tmpfs: tuple[AbsolutePath, ...] = ()
    """Folders in memory."""
    read_only: bool = False
    """Whether the container's own file system may not be written."""
    user: Plain | None = None
    """User, or user:group, over the image's own."""
    network: Plain | None = None
    """A network of podman's, `host` or `none`; left out, podman's own bridge."""
    capabilities: tuple[Annotated[str, Field(pattern="^[A-Z_]{3,40}$")], ...] | None = None
    """The Linux capabilities it keeps. Left out: none with the GPU, for computing needs none; else podman's own set."""
    new_privileges: bool = False
    """Whether programs in it may gain privileges (sudo, su)."""
    memory: Size | None = None
    """The most memory it may take."""
    health: Health | None = None
    """How it is asked whether it works. Without, running is all that can be said of it."""
    restart: Literal["always", "on-failure", "no"] = "always"
    """What systemd does when it ends."""
    ready_timeout: Duration = Duration.parse("5m")
    """How long it may take from start to healthy."""
    after: tuple[Name, ...] = ()
    """Containers of the same stack to start before."""


class Definition(Wish):
    """What a `files/stacks/NAME.yml` says."""

    description: Text
    """What the stack is for."""
    containers: dict[Name, Container] = Field(min_length=1)
    """Its containers by name."""


@cache
def definition(name: str) -> Definition:
    """The stack `name` of the project's own."""
    return load(f"stacks/{name}.yml", Definition)


def names() -> tuple[str, ...]:
    """The stacks there are."""
    return assets.names("stacks", ".yml")


class Stack(Wish):
    """A stack written in place."""

    name: Name
    """The stack's name, first word of its units' and containers' names."""
    containers: dict[Name, Container] | None = None
    """Its containers by name. Left out: the project's own stack of this name."""

    def members(self) -> dict[str, Container]:
        """Its containers; none where nobody defined the name, which `check` reports."""
        if self.containers is not None:
            return self.containers
        return definition(self.name).containers if self.name in names() else {}


class Stacks(RootWish[tuple[Name | Stack, ...]]):
    """The stacks of a Mac, in the order they are brought up: names of the project's own, or written in place."""

    root: tuple[Name | Stack, ...] = ()

    def all(self) -> tuple[Stack, ...]:
        """Every stack in one shape."""
        return tuple(Stack(name=stack) if isinstance(stack, str) else stack for stack in self.root)

    def images(self) -> tuple[str, ...]:
        """The names of our own images they use."""
        used = (container.image for stack in self.all() for container in stack.members().values())
        return tuple(dict.fromkeys(image for image in used if "/" not in image))
