"""Machines that were replaced, whose disks are kept for a while: named in every run, removed when their time is up."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from carbon_fleet.plan import Action, Attribute, Change, Notice, World
from carbon_fleet.spec import Size
from operations.machine import commands as podman
from operations.machine.scripts import step
from operations.machine.seen import MachineSeen, Replaced
from operations.machine.wish import Machine

PURGE = "purge-old"
"""The consent to remove them before that."""


def findings(wanted: Machine, seen: MachineSeen, world: World) -> Iterator[Change | Notice]:
    """For each of them its removal, or until when it is kept and how it comes back."""
    for old in seen.replaced:
        ends = old.since + wanted.keep_replaced.seconds
        if PURGE in world.consents:
            yield removal(seen, old, "its removal was asked for")
        elif seen.time >= ends:
            reason = f"it was kept for {wanted.keep_replaced} after it was replaced"
            yield replace(removal(seen, old, reason), event=f"its time was up on {_date(ends)}")
        else:
            yield _kept(seen, old, ends, world)


def removal(seen: MachineSeen, old: Replaced, reason: str) -> Change:
    """The Change that removes one of them."""
    size = str(Size(old.kib * 1024))
    says = f"remove the disk of the machine {seen.name} that was replaced"
    command = podman.of_text(step("purge"), (seen.name, old.folder), podman.REMOVE_SECONDS, says, seen.provider)
    attribute = Attribute("disk", size, None)
    return Change(_address(old), Action.DELETE, (attribute,), reason, (command,))


def _kept(seen: MachineSeen, old: Replaced, ends: int, world: World) -> Notice:
    folder = f"~/.local/state/carbon-fleet/replaced/{seen.name}/{old.folder}"
    mib = old.kib // 1024
    return Notice(
        _address(old),
        "MACHINE_REPLACED",
        f"the machine {seen.name} that was replaced is kept until {_date(ends)} ({mib} MiB)",
        f"on the Mac, `sh {folder}/restore` puts it back; `sh {folder}/containers` makes its containers again",
        f"nothing has to be done; to have the room now: carbon-fleet apply LAB --purge-old {world.mac.name}",
    )


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _address(old: Replaced) -> str:
    return f"machine.replaced.{old.folder}"
