"""Stacks that another runtime carries than the lab file says, and moves that were cut off.

Every runtime's resource leaves such a stack alone, on both sides (`held`): what becomes of it is one Change of the
resource `moving`. What each runtime tells that resource is its `Carrier`; with it come its functions of
`files/moving/FAMILY.sh`, which do the same on the Mac.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from carbon_fleet.plan import Command, World
from carbon_fleet.plan import applied as record
from carbon_fleet.snapshot import Section, Unreadable
from carbon_fleet.spec import Mac
from operations import runtimes

SECTION = "moving"
CONSENT = "allow-move"
"""What a run needs to move a stack from one runtime to another."""
LEAVE, PURGE, DELETE = "leave-data", "purge-old", "delete-volumes"


@dataclass(frozen=True)
class Carrier:
    """One family of runtimes: `arrive` gives the commands that bring a stack of this Mac up on it, and wait for it.

    They may be run again. `address` is the first word of the addresses its containers have (`stack.shop.web`).
    """

    family: str
    address: str
    arrive: Callable[[str, World], tuple[Command, ...]]


@dataclass(frozen=True)
class Note:
    """A move that was cut off: how far it was, its folder, and from which runtime to which."""

    phase: str
    folder: str
    source: str
    target: str


@dataclass(frozen=True)
class Kept:
    """What a finished move keeps: the volumes in the runtime that carried the stack until `since` (seconds).

    `carried` is false where they are the only ones there are: the move left them.
    """

    stack: str
    folder: str
    since: int
    source: str
    carried: bool
    volumes: tuple[str, ...]


@dataclass(frozen=True)
class VolumeSeen:
    """A volume of a stack that is to move: KiB, when it was last written (seconds); None where nobody could tell."""

    name: str
    kib: int | None = None
    written: int | None = None


@dataclass(frozen=True)
class MovingSeen:
    """The `moving` section: `carried` by stack, the runtimes that have it though they are not to.

    `closed` runtimes are there but do not run, `opened` families can be reached.
    """

    carried: Mapping[str, str] = field(default_factory=dict)
    volumes: Mapping[str, tuple[VolumeSeen, ...]] = field(default_factory=dict)
    notes: Mapping[str, Note] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()
    closed: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()
    time: int = 0


def family(runtime: str) -> str:
    """The runtimes that share an engine, and between which nothing moves here: `podman-libkrun` is of `podman`."""
    return runtime.partition("-")[0]


def read(section: Section) -> MovingSeen:
    """Type the `moving` section. Raises `Unreadable`."""
    try:
        carried = {stack: runtime for runtime, stack in (fact.split() for fact in section.all("carries"))}
        notes = {stack: Note(*words) for stack, *words in (fact.split() for fact in section.all("note"))}
        kept = tuple(_kept(*fact.split()) for fact in section.all("kept"))
        time = int(section.get("time") or 0)
        volumes = _volumes(section)
    except (ValueError, TypeError) as error:
        raise Unreadable(f"moving: it says what is not understood: {error}") from error
    return MovingSeen(carried, volumes, notes, kept, section.all("closed"), section.all("open"), time)


def _kept(stack: str, folder: str, since: str, source: str, how: str, *volumes: str) -> Kept:
    return Kept(stack, folder, int(since), source, how == "carried", volumes)


def _volumes(section: Section) -> dict[str, tuple[VolumeSeen, ...]]:
    found: dict[str, tuple[VolumeSeen, ...]] = {}
    for fact in section.all("volume"):
        stack, name, *said = fact.split()
        kib, written = (int(word) if word.isdigit() else None for word in (*said, "-", "-")[:2])
        found[stack] = (*found.get(stack, ()), VolumeSeen(name, kib, written))
    return found


def seen(world: World) -> MovingSeen:
    """The section as this look has it; nothing where it was not asked, or is not readable: `moving` refuses then."""
    with suppress(Unreadable):
        if SECTION in world.snapshot.sections:
            return read(world.snapshot.section(SECTION))
    return MovingSeen()


def unreadable(world: World) -> bool:
    """Whether the section was asked and nobody can tell what it said."""
    try:
        if SECTION in world.snapshot.sections:
            read(world.snapshot.section(SECTION))
    except Unreadable:
        return True
    return False


def held(world: World) -> frozenset[str]:
    """The stacks that no runtime's resource touches: something moves them, or has to.

    All, where nobody can tell.
    """
    if unreadable(world):
        return frozenset(stack.name for stack in runtimes.all_stacks(world.mac))
    told = seen(world)
    return frozenset({*told.notes, *told.carried, *(stack for stack, _ in shut(world, told))})


def shut(world: World, told: MovingSeen) -> Iterator[tuple[str, str]]:
    """Stacks that were last applied to a runtime which nobody can look into now, each with that runtime."""
    moved = {(one.stack, family(one.source)) for one in told.kept}
    for runtime in told.closed:
        for stack in _wished_elsewhere(world.mac, runtime):
            if _was_on(stack, runtime, world) and stack not in told.carried and (stack, family(runtime)) not in moved:
                yield stack, runtime


def _wished_elsewhere(mac: Mac, runtime: str) -> Iterator[str]:
    for stack in runtimes.all_stacks(mac):
        if family(runtimes.of_stack(stack, mac)) != family(runtime):
            yield stack.name


def _was_on(stack: str, runtime: str, world: World) -> bool:
    """Whether the record on the Mac says that podman ran it; of the others their own files on the Mac tell."""
    if family(runtime) != "podman" or record.ADDRESS not in world.snapshot.sections:
        return False
    with suppress(Unreadable):
        last = record.read(world.snapshot.section(record.ADDRESS))
        return last is not None and any(part.startswith(f"stack.{stack}.") for part in last.parts)
    return False


def kept(world: World, of: str) -> frozenset[str]:
    """The volumes in a family of runtimes that finished moves keep: those are told of, and removed, by `moving`."""
    return frozenset(name for one in seen(world).kept if family(one.source) == of for name in one.volumes)
