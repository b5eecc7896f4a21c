"""What a person would be interrupted in, or has to know, when a stack moves to another runtime."""

from collections.abc import Iterator
from datetime import UTC, datetime

from carbon_fleet.plan import World
from operations import _moves as moves
from operations._moves import MovingSeen, VolumeSeen
from operations.stack.volumes import named
from operations.stack.wish import Stack, Stacks
from operations.stack.words import published

NOT_CARRIED = "what its containers wrote in no volume, images and the runtime's own secrets are not carried"

OWNERS = "whose files are, setuid and setgid are not carried: on the Mac all are the login user's, elsewhere root's"


def stake(stack: Stack, source: str, target: str, seen: MovingSeen, world: World) -> tuple[str, ...]:
    """Volumes with their size and last use, ports that change hands, what is not carried, what becomes of the old one.

    What moves by itself stands in brackets (`plan/bound.py`).
    """
    return tuple(_stake(stack, source, target, seen, world))


def _stake(stack: Stack, source: str, target: str, seen: MovingSeen, world: World) -> Iterator[str]:
    wished = named(Stacks((stack,)))
    there = seen.volumes.get(stack.name, ())
    for volume in there:
        if volume.name in wished:
            yield _volume(volume)
        else:
            yield f"volume {volume.name} stays on {source}: the stack does not name it any more"
    ports = dict.fromkeys(str(published(p).outer) for c in stack.members().values() for p in c.ports)
    if ports:
        word = "port" if len(ports) == 1 else "ports"
        yield f"{word} {', '.join(ports)} of the Mac: nothing answers there until the new one works"
    if moves.LEAVE in world.consents:
        yield f"it begins on {target} with what its volumes hold there; those on {source} stay as they are"
    else:
        yield NOT_CARRIED
        if "native" in (moves.family(source), moves.family(target)):
            yield OWNERS


def _volume(volume: VolumeSeen) -> str:
    told = []
    if volume.kib is not None:
        told.append(f"{volume.kib / 1024:.1f} MiB" if volume.kib >= 1024 else f"{volume.kib} KiB")
    if volume.written is not None:
        told.append(datetime.fromtimestamp(volume.written, UTC).strftime("last written %Y-%m-%d %H:%M UTC"))
    return f"volume {volume.name} ({', '.join(told) or 'nobody could tell how large'})"
