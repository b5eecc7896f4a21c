"""The inside of the virtual machine as a probe saw it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from carbon_fleet.snapshot import Section
from carbon_fleet.snapshot.files import FileSeen, files_in


@dataclass(frozen=True)
class UnitSeen:
    """A systemd unit, in systemd's own words. `load` not-found: there is no such unit."""

    load: str = "not-found"
    active: str = "inactive"
    enabled: str = ""
    stale: bool = False
    """Whether its file changed since systemd read it."""


@dataclass(frozen=True)
class GuestSeen:
    """What a look inside told. `render` is char, absent, other, or unknown where no machine is there to look into.

    `time` is the machine's clock in seconds; `provider` what podman wrote into it at its first boot; `system` systemd's
    word for the whole; `os` the system inside and its version, `kernel` and `podman` the versions of those; `features`
    what the virtio GPU says of itself, for people to read; `stock` the paths of wished files that are there as the
    system itself brings them.
    """

    render: str = "unknown"
    time: int | None = None
    uptime: int = 0
    provider: str = ""
    system: str = ""
    os: str = ""
    kernel: str = ""
    podman: str = ""
    features: tuple[str, ...] = ()
    files: Mapping[str, FileSeen] = field(default_factory=dict)
    units: Mapping[str, UnitSeen] = field(default_factory=dict)
    stock: frozenset[str] = frozenset()


def read(section: Section) -> GuestSeen:
    """Type the `guest` section."""
    system, gpu, podman = (section.blocks.get(name) for name in ("system", "gpu", "podman"))
    return GuestSeen(
        render=section.need("render"),
        time=section.need_int("time"),
        uptime=section.need_int("uptime"),
        provider=section.get("provider") or "",
        system=system.text.strip() if system else "",
        os=(section.get("os") or "").strip(),
        kernel=section.get("kernel") or "",
        podman=podman.text.strip().rpartition(" ")[2] if podman and podman.status == 0 else "",
        features=gpu.out if gpu else (),
        files=files_in(section),
        units=_units(section.block("units").must().out) if "units" in section.blocks else {},
        stock=frozenset(section.all("stock")),
    )


def _units(lines: tuple[str, ...]) -> dict[str, UnitSeen]:
    """Units in the answer of `systemctl show`: NAME=value lines, an empty line between two units."""
    units: dict[str, UnitSeen] = {}
    for text in "\n".join(lines).split("\n\n"):
        said = dict(line.partition("=")[::2] for line in text.splitlines())
        if "Id" in said:
            units[said["Id"]] = UnitSeen(
                said.get("LoadState", "not-found"),
                said.get("ActiveState", "inactive"),
                said.get("UnitFileState", ""),
                said.get("NeedDaemonReload") == "yes",
            )
    return units
