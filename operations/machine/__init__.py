"""The Podman machine: one virtual machine, by libkrun, which alone has the Mac's GPU, or by applehv.

Podman's rules as read in its source (`pkg/machine/shim/host.go`, `cmd/podman/machine`): `init` writes NAME.json as
its last step, so a disk without that file was never a whole machine; `rm` removes that file last, so a file without a
disk is what a cut-off removal left. carbon-fleet keeps a note while it makes or removes a machine; with it, or where
there is no disk and the machine was never shut down cleanly, what is left holds no data and is cleared away without
consent. Everything else that needs another machine is a replace.
"""

from collections.abc import Iterator, Mapping

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Notice, Resource, World
from carbon_fleet.snapshot import Guest
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.homebrew import Homebrew
from operations.machine import commands as podman
from operations.machine import connections as connections
from operations.machine import kept, krunkit, replacement
from operations.machine.gone import found, places, removal
from operations.machine.reading import read
from operations.machine.refusals import refusals
from operations.machine.seen import Config, Disk, MachineSeen, State
from operations.machine.settings import asked, fixed, settable
from operations.machine.stake import carried, interrupted, lost
from operations.machine.wish import Machine, check

__all__ = ["RESOURCE", "Machine", "MachineSeen", "differences", "read"]


def differences(wanted: Machine, seen: MachineSeen, world: World) -> Iterator[Finding]:
    """What stands in the way; else the machine to make, to replace, or to change and start, and its connections."""
    wanted = wanted.on(world.mac)
    found = tuple(refusals(seen))
    if found:
        yield from found
        return
    if seen.replacing[0] in ("moving", "moved"):
        yield replacement.gone_on_with(wanted, seen, world.mac.mirror)
    elif seen.config is None:
        yield _make(wanted, seen, world.mac.mirror)
    elif attributes := fixed(wanted, seen, seen.config):
        yield _replace(wanted, seen, seen.config, attributes, world)
    else:
        yield from replacement.forgotten(seen)
        yield from _keep(wanted, seen, seen.config, world)
    yield from kept.findings(wanted, seen, world)


def _make(wanted: Machine, seen: MachineSeen, mirror: str | None) -> Change:
    """The machine that is not there; a disk nobody can account for may hold data, and needs consent."""
    disk, path = seen.disks.get(wanted.provider, (Disk.ABSENT, ""))
    clear = (podman.clear(seen.name, wanted.provider),) if disk is not Disk.ABSENT or seen.mark else ()
    commands = (*clear, *connections.leftovers(seen), *_made(wanted, mirror))
    if disk is Disk.FILLED and not seen.mark:
        stake = (f"the disk {path}, which belongs to no machine podman knows; what it holds is unknown",)
        reason = f"a disk lies at the place of the machine {seen.name}, which podman does not know"
        commands = replacement.over_a_disk(wanted, mirror)
        return Change(_address(seen), Action.REPLACE, asked(wanted), reason, commands, stake)
    reason = "there is no such machine"
    return Change(_address(seen), Action.CREATE, asked(wanted), reason, commands)


def _made(wanted: Machine, mirror: str | None) -> tuple[Command, ...]:
    return podman.create(wanted, mirror), podman.prefer(connections.preferred(wanted)), podman.start(wanted)


def _replace(
    wanted: Machine, seen: MachineSeen, config: Config, attributes: tuple[Attribute, ...], world: World
) -> Change:
    removed = (podman.remove(seen.name, config.provider), *_made(wanted, world.mac.mirror))
    names = ", ".join(attribute.name for attribute in attributes)
    if _without_data(seen, config):
        reason = "it has no disk: its making or its removal was cut off, and it holds nothing"
        return Change(_address(seen), Action.CREATE, attributes, reason, removed)
    if seen.disk is not Disk.FILLED:
        path = seen.disks[config.provider][1]
        reason = f"its disk {path} is {seen.disk}: if it cannot be put back, it has to be made again"
        return Change(_address(seen), Action.REPLACE, attributes, reason, removed, lost(seen, world))
    reason = f"podman cannot change {names} of a machine that is made: another has to take its place"
    commands = replacement.replacing(wanted, config, world)
    return Change(_address(seen), Action.REPLACE, attributes, reason, commands, carried(wanted, seen, world))


def _without_data(seen: MachineSeen, config: Config) -> bool:
    runs = seen.state is not State.STOPPED or seen.hypervisor is not None
    return not runs and seen.disk is not Disk.FILLED and (seen.mark == "removing" or not config.ever_stopped)


def _keep(wanted: Machine, seen: MachineSeen, config: Config, world: World) -> Iterator[Finding]:
    if seen.mark:
        reason = "carbon-fleet was cut off before it could note that the machine is whole"
        attribute = Attribute("note", seen.mark, None)
        yield Change(_address(seen), Action.RUN, (attribute,), reason, (podman.finish(seen.name, wanted.provider),))
    elif wanted.image and seen.made_from is None:
        yield _image_unknown(wanted)
    yield from connections.differences(seen, config)
    yield from _settle(wanted, seen, config, world)
    yield from connections.default(wanted, seen)


def _settle(wanted: Machine, seen: MachineSeen, config: Config, world: World) -> Iterator[Change]:
    """One stop, one set, one start for all that needs them."""
    settings = settable(wanted, config)
    behind = tuple(krunkit.outdated(seen, world))
    attributes = (*(attribute for attribute, _ in settings), *_run_state(seen, config, world), *behind)
    if not attributes:
        return
    down = () if seen.state is State.STOPPED else (podman.stop(wanted),)
    flags = tuple(flag for _, flag in settings)
    change = (podman.change(wanted, flags),) if flags else ()
    action = Action.UPDATE if settings else Action.RUN
    commands = (*down, *change, podman.start(wanted))
    reason = _why(seen, settings != (), behind == attributes)
    yield Change(_address(seen), action, attributes, reason, commands, interrupted(seen, world))


def _run_state(seen: MachineSeen, config: Config, world: World) -> Iterator[Attribute]:
    if seen.state is not State.RUNNING:
        yield Attribute("state", str(seen.state), str(State.RUNNING))
    if config.starting and (seen.state is State.RUNNING or seen.hypervisor is None):
        yield Attribute("starting", True, False)
    orphan = seen.processes.gvproxies.get(seen.name)
    if orphan is not None and seen.state is not State.RUNNING and seen.hypervisor is None:
        yield Attribute("gvproxy", f"process {orphan}, left without its machine", None)
    cut_off = seen.state is State.RUNNING and world.snapshot.guest is Guest.UNREADABLE
    if cut_off and seen.name not in seen.processes.gvproxies:
        yield Attribute("network", None, "gvproxy")


def _why(seen: MachineSeen, settings: bool, krunkit_alone: bool) -> str:
    if settings:
        return "podman changes these only in a stopped machine"
    if krunkit_alone:
        return "what runs keeps the krunkit it was started with: it has to be stopped, and started by the new one"
    if seen.state is State.RUNNING:
        return "a start was cut off half-way, or the machine lost its network: it has to be started afresh"
    return "it is the lab file's wish that the machine runs"


def _image_unknown(wanted: Machine) -> Notice:
    return Notice(
        f"machine.{wanted.name}",
        "MACHINE_IMAGE_UNKNOWN",
        f"whether the machine was made from `{wanted.image}` cannot be told",
        "podman does not record it, and the machine was not made by carbon-fleet",
        "nothing has to be done; a machine made anew is made from it",
    )


def _address(seen: MachineSeen) -> str:
    return f"machine.{seen.name}"


def asks(wanted: Machine, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/machine.sh`."""
    fixed_ones = {
        "CF_MACHINE_DISK": str(wanted.disk.gib),
        "CF_MACHINE_SWAP": str(wanted.swap.mib if wanted.swap else 0),
        "CF_MACHINE_VOLUMES": " ".join(sorted(volume.removesuffix(":rw") for volume in wanted.volumes)),
        "CF_MACHINE_IMAGE": wanted.image or "",
        "CF_MACHINE_PROVIDER": wanted.on(mac).provider,
    }
    prefix = str(mac.section("homebrew", Homebrew).prefix)
    return {"CF_MACHINE_NAME": wanted.name, "CF_PREFIX": prefix, **fixed_ones}


UPDATES = ("macos", "homebrew.formula.podman", "homebrew.formula.*/krunkit")
RESOURCE = Resource(
    "machine",
    "machine",
    Machine,
    read,
    differences,
    asks=asks,
    check=check,
    found=found,
    absent=lambda wanted: {f"machine.{wanted.name}": None},
    places=places,
    removal=removal,
    # An update of macOS starts the Mac anew, one of podman or krunkit may leave a machine without its processes. What a
    # machine has of memory and the like nothing changes by itself.
    moved_by={
        **{f"machine.*.{attribute}": UPDATES for attribute in ("state", "starting", "gvproxy", "network")},
        "machine.*.krunkit": UPDATES,
        "machine.connection.*": ("homebrew.formula.podman",),
    },
    applies=runtimes.podman,
)
