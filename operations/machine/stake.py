"""What a person would lose, or be interrupted in, when a machine is replaced or stopped."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from carbon_fleet.plan import World
from carbon_fleet.snapshot import Block, Guest
from operations.machine.replacement import LEAVE
from operations.machine.seen import MachineSeen, State
from operations.machine.wish import Machine

OTHERS = "containers of others are made again by one command, images are not"
KINDS = ("container", "volume", "image")


def lost(seen: MachineSeen, world: World) -> tuple[str, ...]:
    """Containers, volumes and images that are gone with the machine's disk."""
    held = _held(world)
    if held is None:
        running = seen.state is State.RUNNING
        why = "it could not be entered" if running else "the machine is not running"
        return (f"everything on the disk of the machine {seen.name}; what that is is unknown: {why}",)
    return held or (f"nothing: the machine {seen.name} has no containers, volumes or images",)


def carried(wanted: Machine, seen: MachineSeen, world: World) -> tuple[str, ...]:
    """The same of a machine whose disk is kept: what is told of each thing, who is connected, and what becomes of it.

    Sizes, last use and connections stand in brackets: they move by themselves (`plan/bound.py`).
    """
    held = tuple(_told(thing, seen, world) for thing in lost(seen, world))
    inside = seen.connected.get(seen.config.port, 0) if seen.config else 0
    people = (f"connections into the machine {seen.name} ({inside} now)",) if inside else ()
    if LEAVE in world.consents:
        fate = "nothing of it is brought into the new machine"
    else:
        fate = f"volumes are brought into the new machine; {OTHERS}"
    return (*held, *people, f"{fate}; the old disk is kept for {wanted.keep_replaced}")


def _told(thing: str, seen: MachineSeen, world: World) -> str:
    kind, _, name = thing.partition(" ")
    tell = {"container": _container, "volume": _volume, "image": _image}.get(kind)
    more = ", ".join(tell(name, seen, world)) if tell else ""
    return f"{thing} ({more})" if more else thing


def _container(name: str, seen: MachineSeen, world: World) -> Iterator[str]:
    for row in _rows(world):
        if name in (row.get("Names") or ()):
            yield str(row.get("Status") or row.get("State") or "state unknown").lower()
            if size := _said(name, "layers", world):
                yield f"{size.partition(' (')[0]} in no volume"
            ports = sorted({int(port.get("host_port") or 0) for port in row.get("Ports") or ()} - {0})
            if ports:
                yield f"port{'s' if len(ports) > 1 else ''} {', '.join(str(port) for port in ports)}"
            people = sum(seen.connected.get(port, 0) for port in ports)
            if people:
                yield f"{people} connected now"


def _rows(world: World) -> list[Mapping[str, Any]]:
    """What podman told of containers, root's (for the stacks) and core's; nothing where it could not be read."""
    blocks = _block(world, "stack", "ps"), _block(world, "guest", "ps_core")
    return [row for block in blocks for row in _listed(block) if isinstance(row, dict)]


def _listed(block: Block | None) -> list[Any]:
    try:
        return json.loads(block.text) or [] if block and block.status == 0 else []
    except ValueError:
        return []


def _volume(name: str, seen: MachineSeen, world: World) -> Iterator[str]:
    guest = world.snapshot.sections.get("guest")
    for fact in guest.all("size") if guest else ():
        kib, since, place = (*fact.split("\t"), "", "")[:3]
        if place.endswith(f"/volumes/{name}/_data") and kib.isdigit() and since.isdigit():
            yield f"{int(kib) / 1024:.1f} MiB" if int(kib) >= 1024 else f"{kib} KiB"
            yield datetime.fromtimestamp(int(since), UTC).strftime("last written %Y-%m-%d %H:%M UTC")


def _image(name: str, seen: MachineSeen, world: World) -> Iterator[str]:
    if size := _said(name, "images", world):
        yield size
    if name.startswith("localhost/"):
        yield "in no registry: on the old disk only, unless the lab file builds it"


def _said(name: str, what: str, world: World) -> str:
    """What stands after a name in the lines of a block, root's or core's."""
    for block in (_block(world, "guest", what), _block(world, "guest", f"{what}_core")):
        for line in block.out if block else ():
            first, _, rest = line.partition(" ")
            if first == name:
                return rest
    return ""


def _block(world: World, section: str, name: str) -> Block | None:
    found = world.snapshot.sections.get(section)
    return found.blocks.get(name) if found else None


def interrupted(seen: MachineSeen, world: World) -> tuple[str, ...]:
    """What a stop of the machine interrupts; nothing when it does not run."""
    if seen.state is not State.RUNNING:
        return ()
    containers = [thing for thing in _held(world) or () if thing.startswith("container ")]
    return (f"everything that runs in the machine {seen.name} is stopped for a while", *containers)


def _held(world: World) -> tuple[str, ...] | None:
    guest = world.snapshot.sections.get("guest")
    if world.snapshot.guest is not Guest.REACHED or guest is None or guest.status != 0:
        return None
    return tuple(f"{kind} {name}" for kind in KINDS for name in guest.all(kind))
