"""What there was of the machine before, and the way back to it.

A machine that was made by us goes with all that is in it: nothing in it can be anybody else's, and volumes go only with
consent. One that was there stays, with the size and the default connection it had.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Finding, Refusal, World
from carbon_fleet.snapshot import Guest
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.machine import commands as podman
from operations.machine import kept as kept
from operations.machine.seen import Config, Disk, MachineSeen, State
from operations.machine.settings import settable
from operations.machine.stake import interrupted, lost
from operations.machine.wish import Machine

DELETE_VOLUMES = "delete-volumes"
DEFAULT = "machine.default"
CONFIG, DATA = "~/.config/containers/podman", "~/.local/share/containers/podman/machine"
FIELDS = ("cpus", "memory_mib", "rootful")


def found(wanted: Machine, seen: MachineSeen) -> Mapping[str, Any]:
    """Whether the machine is there, its settings, and which connection is podman's default."""
    config = seen.config
    told = {field: getattr(config, field) for field in FIELDS} if config else None
    return {f"machine.{seen.name}": told, DEFAULT: seen.default}


def places(wanted: Machine, mac: Mac) -> Iterator[str]:
    """What podman leaves of its last machine, and our own notes."""
    yield f"{CONFIG}/machine/{wanted.on(mac).provider}/{wanted.name}.lock"
    yield from (f"{CONFIG}/machine/{provider}" for provider in ("libkrun", "applehv"))
    yield from (f"{CONFIG}-connections.json{more}" for more in ("", ".lock"))
    shared = ("machine", "machine.pub", "machine-start.lock", "port-alloc.dat", "port-alloc.lck")
    yield from (f"{DATA}/{name}" for name in shared)
    yield from (f"{DATA}/{provider}/cache/" for provider in ("libkrun", "applehv"))
    yield "~/.podman"
    yield "~/.local/state/carbon-fleet/machine/"


def removal(wanted: Machine, seen: MachineSeen, before: Mapping[str, Any], world: World) -> Iterator[Finding]:
    """The machine we made goes; one that was there gets its settings and the default connection back."""
    address = f"machine.{seen.name}"
    if address not in before:
        return
    yield from _replaced(before[address] is None, seen, world)
    if before[address] is None:
        yield from _remove(address, seen, world)
    elif seen.config is not None:
        yield from _settings(address, wanted, seen, seen.config, before[address], world)
    yield from _default(seen, before)


def _replaced(made_by_us: bool, seen: MachineSeen, world: World) -> Iterator[Finding]:
    """Machines that were replaced, which are kept with their data; of one found here, the only copy may be that."""
    for old in seen.replaced:
        if DELETE_VOLUMES in world.consents:
            yield kept.removal(seen, old, "the lab leaves this Mac, and its data with it")
        elif made_by_us:
            what = f"the machine {seen.name} that was replaced ({old.folder}) is kept, with its volumes"
            remedy = f"apply LAB --purge-old {world.mac.name} removes it; or run this again with --delete-volumes"
            yield Refusal(f"machine.{seen.name}", "CONSENT_MISSING", what, "they would be destroyed", remedy)


def _remove(address: str, seen: MachineSeen, world: World) -> Iterator[Finding]:
    wanted = runtimes.provider(world.mac)
    disk = seen.disks.get(wanted, (Disk.ABSENT, ""))[0]
    if seen.config is None and disk is Disk.ABSENT and not seen.mark:
        return
    stake = lost(seen, world)
    if _may_hold_data(seen, world) and DELETE_VOLUMES not in world.consents:
        what = f"the machine {seen.name} goes with its volumes: {'; '.join(stake)}"
        remedy = "export what you need (carbon-fleet volume export), then run it again with --delete-volumes"
        yield Refusal(address, "CONSENT_MISSING", what, "they would be destroyed", remedy)
        return
    left = seen.config is None
    command = podman.clear(seen.name, wanted) if left else podman.remove(seen.name, seen.provider)
    attribute = Attribute("machine", str(seen.state), None)
    yield Change(address, Action.DELETE, (attribute,), "there was no such machine before", (command,), stake)


def _may_hold_data(seen: MachineSeen, world: World) -> bool:
    """Whether there are volumes in it, or nobody can tell. What is left of a removal holds none."""
    guest = world.snapshot.sections.get("guest")
    if seen.mark or (seen.config is not None and seen.disk is not Disk.FILLED):
        return False
    if world.snapshot.guest is not Guest.REACHED or guest is None or guest.status != 0:
        return True
    return bool(guest.all("volume"))


def _settings(
    address: str, wanted: Machine, seen: MachineSeen, config: Config, told: Mapping[str, Any], world: World
) -> Iterator[Change]:
    wanted = wanted.on(world.mac)
    memory = type(wanted.memory)(int(told["memory_mib"]) << 20)
    back = wanted.model_copy(update={"cpus": told["cpus"], "memory": memory, "rootful": told["rootful"]})
    settings = [one for one in settable(back, config) if one[0].name != "disk"]
    if settings:
        down, up = ((), ()) if seen.state is State.STOPPED else ((podman.stop(wanted),), (podman.start(wanted),))
        commands = (*down, podman.change(back, tuple(flag for _, flag in settings)), *up)
        attributes = tuple(attribute for attribute, _ in settings)
        reason = "the machine was so before"
        yield Change(address, Action.UPDATE, attributes, reason, commands, interrupted(seen, world))


def _default(seen: MachineSeen, before: Mapping[str, Any]) -> Iterator[Change]:
    was = str(before.get(DEFAULT) or "")
    if was and was in seen.connections and seen.default != was:
        attribute = Attribute("default", seen.default or None, was)
        reason = "it was podman's default before"
        yield Change("machine.connection.default", Action.UPDATE, (attribute,), reason, (podman.prefer(was),))
