"""A Podman machine as a probe saw it. Sizes are in podman's own units: MiB of memory and swap, GiB of disk."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """What podman says of the machine."""

    ABSENT = "absent"
    STOPPED = "stopped"
    RUNNING = "running"
    BETWEEN = "between"
    """Neither: it is going up or down."""
    UNKNOWN = "unknown"
    """podman could not say; `failure` holds its words."""


class Disk(StrEnum):
    """What is at the place of a machine's virtual disk."""

    ABSENT = "absent"
    EMPTY = "empty"
    FILLED = "filled"


@dataclass(frozen=True)
class Config:
    """A machine's own file, `NAME.json`, with what `podman machine inspect` said laid over it.

    `mounts` are spelled as in the lab file; `ever_stopped` is whether it was ever shut down cleanly: podman notes that
    at stop, never at start, so a running machine may well have false.
    """

    provider: str
    cpus: int
    memory_mib: int
    disk_gib: int
    rootful: bool
    mounts: tuple[str, ...] = ()
    swap_mib: int = 0
    port: int = 0
    identity: str = ""
    user: str = "core"
    uid: int = 501
    starting: bool = False
    ever_stopped: bool = True
    created: str = ""
    endpoint: str = ""


@dataclass(frozen=True)
class Connection:
    """One entry of podman-connections.json."""

    uri: str
    identity: str = ""
    is_machine: bool = True


@dataclass(frozen=True)
class Replaced:
    """A machine that was replaced and is kept: its folder's name, since when (Unix time), what room it takes."""

    folder: str
    since: int
    kib: int


@dataclass(frozen=True)
class Processes:
    """Who runs, of what podman starts for machines: PIDs of gvproxy by machine, of krunkit and vfkit by machine.

    `krunkits` has, for each machine that runs by one, the program's path and when it was begun: seconds since 1970 by
    the Mac's clock, None where that could not be read.
    """

    hypervisors: Mapping[str, int] = field(default_factory=dict)
    gvproxies: Mapping[str, int] = field(default_factory=dict)
    krunkits: Mapping[str, tuple[str, int | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class MachineSeen:
    """Everything one probe saw of the wished machine and of what stands in its way.

    `disks` is by provider: what is there and where. `foreign` are files podman would read as machines though they are
    none. `mark` is carbon-fleet's own note of half-done work: "" · "making" (nothing of it ever ran) · "removing"
    (consent was given). `replacing` is how far a replacement is ("": there is none) and the folder it keeps things in,
    `replaced` what is kept of earlier ones. `connected` counts connections by the Mac's port; it is only told where the
    machine is about to be replaced. `made_from` is the image this very machine was made from ("": podman's
    own), None where nobody noted it; `image_digest` that image's sha256, empty where nothing told it.
    """

    name: str
    podman: bool = True
    state: State = State.ABSENT
    failure: str = ""
    config: Config | None = None
    disks: Mapping[str, tuple[Disk, str]] = field(default_factory=dict)
    foreign: tuple[str, ...] = ()
    broken: str = ""
    connections: Mapping[str, Connection] = field(default_factory=dict)
    default: str = ""
    processes: Processes = Processes()
    mark: str = ""
    replacing: tuple[str, str] = ("", "")
    replaced: tuple[Replaced, ...] = ()
    connected: Mapping[int, int] = field(default_factory=dict)
    made_from: str | None = None
    image_digest: str = ""
    time: int = 0

    @property
    def disk(self) -> Disk:
        """What is at the place of this machine's disk; FILLED when the probe did not say."""
        return self.disks.get(self.provider, (Disk.FILLED, ""))[0]

    @property
    def provider(self) -> str:
        """The provider it was made by; where there is none, the one carbon-fleet's machines have by default."""
        return self.config.provider if self.config else "libkrun"

    @property
    def hypervisor(self) -> int | None:
        """The PID of the krunkit or vfkit that runs this machine."""
        return self.processes.hypervisors.get(self.name)
