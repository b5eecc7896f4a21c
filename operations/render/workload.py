"""One container as it is to run on its Mac, whatever runs it: all looked up, and nothing in a runtime's own words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

STACK_LABEL = "io.carbon-fleet.stack"
CONTAINER_LABEL = "io.carbon-fleet.container"
Restart = Literal["always", "on-failure", "no"]


@dataclass(frozen=True)
class Mount:
    """A volume: `source` is the name of one, or a folder, one of the login user's where it is `of_mac`.

    One that is a `file` has to be there: nothing makes a folder in its place. `options` are podman's: `ro`, `z`.
    """

    source: str
    target: str
    options: tuple[str, ...] = ()
    of_mac: bool = False
    file: bool = False

    @property
    def named(self) -> bool:
        """Whether the runtime keeps it, by a name."""
        return not self.source.startswith("/")

    @property
    def read_only(self) -> bool:
        """Whether the container may only read it."""
        return "ro" in self.options

    @property
    def text(self) -> str:
        """As `--volume` takes it."""
        return ":".join([self.source, self.target, *([",".join(self.options)] if self.options else [])])


@dataclass(frozen=True)
class Secret:
    """A secret by its name in the lab file, and where the container finds it: a variable's name, or a file's path."""

    name: str
    target: str

    @property
    def file(self) -> bool:
        """Whether the container finds it in a file."""
        return self.target.startswith("/")


@dataclass(frozen=True)
class Port:
    """A published port: `host` is an address of the Mac as it is written (IPv6 in brackets), "" is every address."""

    host: str
    outer: int
    inner: int
    kind: Literal["tcp", "udp"] = "tcp"

    @property
    def text(self) -> str:
        """As `--publish` takes it."""
        host = f"{self.host}:" if self.host else ""
        return f"{host}{self.outer}:{self.inner}{'' if self.kind == 'tcp' else f'/{self.kind}'}"


@dataclass(frozen=True)
class Check:
    """How a container is asked whether it works: a list is run as it is, text by its sh. All times are seconds."""

    command: str | tuple[str, ...]
    interval: int
    timeout: int
    retries: int
    start_period: int


@dataclass(frozen=True)
class Workload:
    """One container of a stack.

    `image` is the whole reference; one that is `ours` is made on the Mac and never asked for at a registry. `program`
    and `command` are lists over the image's own, `kept` the Linux capabilities that stay (None: the runtime's own set),
    `folders` those of the Mac that have to be there first, `without` variables of the image that are taken away,
    `driver` the image whose `/opt/venus` is mounted, `after` names of containers of the same stack.
    """

    stack: str
    name: str
    image: str
    ours: bool = False
    program: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    driver: str | None = None
    mounts: tuple[Mount, ...] = ()
    folders: tuple[str, ...] = ()
    tmpfs: tuple[str, ...] = ()
    read_only: bool = False
    ports: tuple[Port, ...] = ()
    network: str | None = None
    devices: tuple[str, ...] = ()
    kept: tuple[str, ...] | None = None
    new_privileges: bool = False
    memory: int | None = None
    health: Check | None = None
    restart: Restart = "always"
    after: tuple[str, ...] = ()

    @property
    def container(self) -> str:
        """STACK-CONTAINER; just STACK for the container that has its stack's name: `podman exec vulkan-check …`."""
        return container_name(self.stack, self.name)

    @property
    def labels(self) -> dict[str, str]:
        """What marks the container as this stack's."""
        return {STACK_LABEL: self.stack, CONTAINER_LABEL: self.name}


def container_name(stack: str, name: str) -> str:
    """The name of a stack's container, in every runtime."""
    return stack if stack == name else f"{stack}-{name}"
