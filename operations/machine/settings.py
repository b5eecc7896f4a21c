"""What of a machine is not as wished: attributes that can be changed, attributes that need another machine."""

from carbon_fleet.plan import Attribute
from carbon_fleet.spec import Size
from operations.machine.seen import Config, Disk, MachineSeen, State
from operations.machine.wish import Machine

MIB, GIB = 2**20, 2**30


def asked(wanted: Machine) -> tuple[Attribute, ...]:
    """Every attribute of a machine that is not there yet."""
    pairs = (
        ("provider", wanted.provider),
        ("cpus", wanted.cpus),
        ("memory", str(wanted.memory)),
        ("disk", str(wanted.disk)),
        ("rootful", wanted.rootful),
        ("volumes", _spelled(wanted.volumes)),
        ("swap", str(wanted.swap) if wanted.swap else None),
        ("image", wanted.image),
        ("state", str(State.RUNNING)),
    )
    return tuple(Attribute(name, None, after) for name, after in pairs if after is not None)


def fixed(wanted: Machine, seen: MachineSeen, config: Config) -> tuple[Attribute, ...]:
    """What podman cannot change in a machine that is made: the system in it was written at its first boot."""
    image = (wanted.image or "") if seen.made_from is not None else None
    pairs = (
        ("provider", config.provider, wanted.provider),
        ("volumes", _spelled(config.mounts), _spelled(wanted.volumes)),
        ("swap", _size(config.swap_mib, MIB), str(wanted.swap) if wanted.swap else None),
        ("image", seen.made_from or None, image or None),
        ("disk-file", str(seen.disk), str(Disk.FILLED)),
    )
    found = [Attribute(name, before, after) for name, before, after in pairs if before != after]
    if wanted.disk.gib < config.disk_gib:
        found.append(Attribute("disk", _size(config.disk_gib, GIB), str(wanted.disk)))
    if image is None:
        return tuple(attribute for attribute in found if attribute.name != "image")
    return tuple(found)


def settable(wanted: Machine, config: Config) -> tuple[tuple[Attribute, str], ...]:
    """What `podman machine set` can change in a stopped machine, each with its flag."""
    found = []
    if config.cpus != wanted.cpus:
        found.append((Attribute("cpus", config.cpus, wanted.cpus), f"--cpus={wanted.cpus}"))
    if config.memory_mib != wanted.memory.mib:
        before = _size(config.memory_mib, MIB)
        found.append((Attribute("memory", before, str(wanted.memory)), f"--memory={wanted.memory.mib}"))
    if config.disk_gib < wanted.disk.gib:
        before = _size(config.disk_gib, GIB)
        found.append((Attribute("disk", before, str(wanted.disk)), f"--disk-size={wanted.disk.gib}"))
    if config.rootful != wanted.rootful:
        flag = f"--rootful={str(wanted.rootful).lower()}"
        found.append((Attribute("rootful", config.rootful, wanted.rootful), flag))
    return tuple(found)


def _size(amount: int, unit: int) -> str | None:
    return str(Size(amount * unit)) if amount else None


def _spelled(volumes: tuple[str, ...]) -> str | None:
    """In one order, `:rw` left out as podman does: two lists of the same mounts are the same wish."""
    return " ".join(sorted(volume.removesuffix(":rw") for volume in volumes)) or None
