"""What a lab file may say of one container, and of the services in it that can be switched on and off."""

from typing import Annotated, Literal

from pydantic import Field

from carbon_fleet.spec import AbsolutePath, Duration, EnvName, Name, Size, Text, Wish
from operations.stack.gpu_path import GpuPath
from operations.stack.natively import Native
from operations.stack.words import Device, Environment, Plain, Port, Reference, SecretTarget, Volume

Need = Literal["required", "preferred", "none"]
"""Whether a stack computes on a GPU: not without one, better with one, or never."""
Expose = Literal["loopback", "lan"]
"""Who may reach published ports: the Mac alone, or everybody on its network."""


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


class Service(Wish):
    """A part of a container that can be switched on and off: a desktop, a notebook server, a database."""

    enabled: bool = False
    """Whether it is on; a stack's `services` may say otherwise."""
    switch: EnvName | None = None
    """The variable that tells the image: `true` or `false`."""
    ports: tuple[Port, ...] = ()
    """What it listens on, published while it is on."""
    login: Name | None = None
    """The secret that lets people in. Without one it is never published to the network."""
    url: Text | None = None
    """How to open it: `{host}` and `{port}` stand for the Mac and the first of `ports` (`http://{host}:{port}/lab`)."""
    secrets: dict[SecretTarget, Name] = Field(default_factory=dict)
    """Secrets it is given while it is on, as the container's own `secrets`."""
    environment: dict[EnvName, Environment] = Field(default_factory=dict)
    """Variables set while it is on."""
    volumes: tuple[Volume, ...] = ()
    """Volumes it has while it is on."""
    health: Plain | None = None
    """A line for the container's sh that succeeds while the service does its work."""


class Container(Wish):
    """One container of a stack."""

    image: Reference
    """An image of ours by its name, or any other by its full reference (`docker.io/library/postgres:17`)."""
    gpu: Literal["venus", "cuda", "none"] = "none"
    """`venus` gives it /dev/dri, the Venus driver where its image has none, and as CARBON_ACCEPT this Mac's rule.

    On a Linux host it is read as `cuda`: all of NVIDIA's devices, as the host's CDI specification has them.
    """
    gpu_path: GpuPath = "auto"
    """Which way to the GPU: `auto` is Venus; `remoting` where `carbon-fleet bench` recommends it."""
    command: tuple[Text, ...] = ()
    """Arguments over the image's own, a list."""
    entrypoint: tuple[Text, ...] = ()
    """The program over the image's own, a list."""
    start: Name | None = None
    """A script of ours that the container's sh runs in place of the image's program: `files/stacks/NAME.sh`."""
    environment: dict[EnvName, Environment] = Field(default_factory=dict)
    """Environment variables. Never secrets: anybody who may list containers sees them."""
    secrets: dict[SecretTarget, Name] = Field(default_factory=dict)
    """Secrets by where the container finds them: a variable's name, or the path of a file only its user may read."""
    models: tuple[Name, ...] = ()
    """Models of this Mac's `models`, each seen read-only as `/models/NAME`."""
    ports: tuple[Port, ...] = ()
    """Ports of the Mac for ports of the container: `8080:80`, `8080:80/udp`, `127.0.0.1:8080:80`."""
    expose: Expose = "loopback"
    """Who reaches the ports that name no address: `loopback` this Mac alone, `lan` its network."""
    services: dict[Name, Service] = Field(default_factory=dict)
    """What is in it that can be switched on and off, by name."""
    volumes: tuple[Volume, ...] = ()
    """`NAME:/path` keeps data in the machine; `~/on/the/mac:/path` and `/in/the/machine:/path:ro` show a folder."""
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
    native: Native | None = None
    """How it runs on the Mac itself, in no container: what the runtime `native` needs to know."""

    def with_services(self) -> "Container":
        """The same container with what its services, as they are switched, add to it."""
        on = [service for service in self.services.values() if service.enabled]
        switches = {s.switch: str(s.enabled).lower() for s in self.services.values() if s.switch}
        lines = [service.health for service in on if service.health]
        return self.model_copy(
            update={
                "environment": {**self.environment, **switches, **{k: v for s in on for k, v in s.environment.items()}},
                "secrets": {**self.secrets, **{k: v for service in on for k, v in service.secrets.items()}},
                "ports": (*self.ports, *(port for service in on for port in service.ports)),
                "volumes": (*self.volumes, *(volume for service in on for volume in service.volumes)),
                "health": _asked(self.health, lines),
            }
        )


def _asked(health: Health | None, lines: list[str]) -> Health | None:
    """Every service's line after the container's own; one that asks in its own way, by a list, is left alone."""
    if not lines or (health and not isinstance(health.command, str)):
        return health
    own = [str(health.command)] if health else []
    return (health or Health(command="true")).model_copy(update={"command": " && ".join([*own, *lines])})
