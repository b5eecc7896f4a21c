"""Files of somebody's that this run would overwrite, all at once and before anything is done."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from carbon_fleet.plan import Action, Change, Finding, Resource, World
from carbon_fleet.snapshot import Unreadable
from operations import _ours as ours
from operations import guest, machine, provider
from operations import stack as stacks
from operations._ours import Stranger
from operations.stack.files import strangers as of_units
from operations.stack.quadlet import units


def differences(world: World) -> Iterator[Finding]:
    """One Refusal with the whole list. What is in a machine that is to be made anew is not on it: it is at stake."""
    found = () if world.mac.linux else _of(provider.RESOURCE, provider.strangers, world)
    inside = (
        *_of(guest.RESOURCE, guest.strangers, world),
        *_of(stacks.RESOURCE, lambda wanted, seen, at: of_units(units(wanted, at.mac), seen, at), world),
    )
    yield from ours.refused("preflight.files", (*found, *(() if inside and _anew(world) else inside)), world)


def _of(resource: Resource[Any, Any], strangers: Any, world: World) -> tuple[Stranger, ...]:
    """Those of one resource; what cannot be read is its own to report."""
    with suppress(Unreadable, LookupError):
        found: tuple[Stranger, ...] = strangers(resource.wish(world.mac), resource.observe(world.snapshot), world)
        return found
    return ()


def _anew(world: World) -> bool:
    if world.mac.linux:
        return False
    with suppress(LookupError):
        found = machine.RESOURCE.findings(world)
        return any(isinstance(each, Change) and each.action is Action.REPLACE for each in found)
    return False
