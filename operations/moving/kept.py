"""Volumes that a move has kept in the runtime it came from: named in every run, removed when their time is up."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from carbon_fleet.plan import Action, Attribute, Change, Finding, Notice, World
from operations import _moves as moves
from operations import runtimes
from operations._moves import Kept, MovingSeen
from operations.moving.commands import way
from operations.moving.wish import Moving


def findings(wanted: Moving, seen: MovingSeen, world: World) -> Iterator[Finding]:
    """For each move its volumes' removal, or until when they are kept.

    Those that were left behind are the only ones there are: they go by consent alone. Those of a stack that is on its
    way back to them go by consent, too, and not by any where it is to begin with what they hold.
    """
    for old in seen.kept:
        ends = old.since + wanted.keep.seconds
        reached, back = moves.family(old.source) in seen.opened, returns(old, world)
        if old.stack in seen.notes:
            continue
        if in_use(old, seen, world):
            yield forgotten(old, world)
        elif back and moves.LEAVE in world.consents:
            yield _kept(replace(old, carried=False), ends, reached, world)
        elif reached and {moves.PURGE, moves.DELETE} & world.consents:
            yield removal(old, "their removal was asked for", world)
        elif reached and old.carried and seen.time >= ends and not back:
            reason = f"they were kept for {wanted.keep} after {old.stack} was moved"
            yield replace(removal(old, reason, world), event=f"their time was up on {_date(ends)}")
        else:
            yield _kept(old, ends, reached, world)


def returns(old: Kept, world: World) -> bool:
    """Whether the stack is wished where these volumes are."""
    wished = {stack.name: runtimes.of_stack(stack, world.mac) for stack in runtimes.all_stacks(world.mac)}
    return moves.family(wished.get(old.stack, "")) == moves.family(old.source)


def in_use(old: Kept, seen: MovingSeen, world: World) -> bool:
    """Whether the stack is wished where these volumes are, and is nowhere else: then it runs on them."""
    elsewhere = old.stack in seen.carried or old.stack in dict(moves.shut(world, seen))
    return returns(old, world) and not elsewhere


def forgotten(old: Kept, world: World) -> Change:
    """The Change after which they are volumes as any others, with no time that is up."""
    of = way(old.stack, old.source, old.source, world)
    command = of.script("forget", old.folder, says=f"keep the volumes of {old.stack}: they are in use again")
    attribute = Attribute("kept", ", ".join(old.volumes), None)
    reason = f"{old.stack} runs on {old.source} again, and on these"
    return Change(_address(old), Action.RUN, (attribute,), reason, (command,), event=reason)


def removal(old: Kept, reason: str, world: World) -> Change:
    """The Change that removes them."""
    of = way(old.stack, old.source, old.source, world)
    command = of.script("purge", old.folder, says=f"remove what {old.source} keeps of {old.stack}", deadline=900)
    attribute = Attribute("volumes", ", ".join(old.volumes), None)
    stake = tuple(f"volume {name} on {old.source}, and all data in it" for name in old.volumes)
    return Change(_address(old), Action.DELETE, (attribute,), reason, (command,), stake)


def _kept(old: Kept, ends: int, reached: bool, world: World) -> Notice:
    names, verb = ", ".join(old.volumes), "is" if len(old.volumes) == 1 else "are"
    until = f" until {_date(ends)}" if old.carried else ""
    what = f"of the stack {old.stack}, which was moved, {names} {verb} kept on {old.source}{until}"
    why = "it is what the move carried, as it was then" if old.carried else "the move left it: it is in no other place"
    shut = "" if reached else f" (start {old.source} first: it cannot be reached now)"
    remedy = f"nothing has to be done; to have the room now: carbon-fleet apply LAB --purge-old {world.mac.name}{shut}"
    return Notice(_address(old), "MOVED_VOLUMES_KEPT", what, why, remedy)


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _address(old: Kept) -> str:
    return f"moving.kept.{old.stack}.{old.folder}"
