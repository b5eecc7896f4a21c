"""Whose a file is that would be overwritten: carbon-fleet's, the system's own stock, or somebody's.

As nix-darwin does it (`modules/system/etc.nix`): known stock content is replaced, anything else stops the run with the
whole list and the rename to do. Ours is what holds our mark, or what the record on the Mac says we applied.
"""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from carbon_fleet.plan import Refusal, Where, World, applied
from carbon_fleet.plan.files import FileWish
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.snapshot.files import FileSeen

CODE = "FILES_NOT_OURS"
SUFFIX = ".before-carbon-fleet"
"""What a renamed file ends in: neither podman (`*.conf`), nor Quadlet, nor systemd reads it then."""


@dataclass(frozen=True)
class Stranger:
    """A file of somebody's in the place of a wished one."""

    path: str
    where: Where


def is_ours(
    address: str, wish: FileWish, seen: FileSeen, world: World, *, marker: str = "", stock: bool = False
) -> bool:
    """Whether writing `wish` destroys nothing of anybody's: no other text is there, or it is ours, or `stock`."""
    if seen.kind != "regular" or seen.content == wish.content.encode() or stock:
        return True
    marked = marker and marker.encode() in seen.content
    return bool(marked) or _applied(address, world)


def _applied(address: str, world: World) -> bool:
    """Whether the record says that this was applied. A look that did not ask for the record knows of no strangers."""
    if applied.ADDRESS not in world.snapshot.sections:
        return True
    with suppress(Unreadable):
        last = applied.read(world.snapshot.section(applied.ADDRESS))
        return last is not None and address in last.parts
    return False


def refused(address: str, strangers: Sequence[Stranger], world: World) -> Iterator[Refusal]:
    """One Refusal for all of them, with the command that renames each."""
    if not strangers:
        return
    named = ", ".join(f"`{each.path}`" for each in strangers)
    yield Refusal(
        address,
        CODE,
        f"somebody else wrote what would be overwritten: {named}",
        "what stands there is neither carbon-fleet's nor the system's own, and would be lost",
        f"look at it, and rename it: {'; '.join(_rename(each, world) for each in strangers)}",
    )


def _rename(stranger: Stranger, world: World) -> str:
    move = shlex.join(["mv", stranger.path, f"{stranger.path}{SUFFIX}"])
    if stranger.where is Where.MAC:
        return move
    return f"podman machine ssh --username root {_machine(world)} {shlex.quote(move)}"


def _machine(world: World) -> str:
    machine = world.snapshot.sections.get("machine")
    return shlex.quote((machine.get("name") if machine else None) or "MACHINE")
