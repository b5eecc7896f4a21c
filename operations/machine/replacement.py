"""Another machine in the place of one that holds data: saved, set aside, made anew, filled, and only then done.

The note that the scripts leave (`MachineSeen.replacing`) says how far it is. A step that fails puts the old machine
back by itself; a run that is cut off is gone on with by the next one: before the old machine's files are moved from the
beginning, after that with the next machine. See docs/decisions/2026-11-30-replacement.md.
"""

from collections.abc import Iterator
from dataclasses import replace

from carbon_fleet.plan import Action, Attribute, Change, Command, World
from operations.machine import commands as podman
from operations.machine import connections as connections
from operations.machine.scripts import guarded, step
from operations.machine.seen import Config, Disk, MachineSeen, State
from operations.machine.settings import fixed
from operations.machine.wish import Machine

LEAVE = "leave-data"
"""The consent to replace a machine without saving what it holds: all of it stays on the disk that is set aside."""
CODES = {79: "MACHINE_NOT_SAVED", 80: "MACHINE_PUT_BACK", 81: "MACHINE_NOT_PUT_BACK", 88: "MACHINE_NO_ROOM"}
TRANSFER_SECONDS = 12 * 3600
"""Volumes may have hundreds of GB; what goes in and out of a machine that hangs is given up long before."""
BACK_SECONDS = 900
"""What putting the old machine back may take."""
SYSTEM_KIB = 6 * 2**20
"""Room for a new machine's own system: about 1 GiB to fetch, unpacked to about 4."""


def replacing(wanted: Machine, config: Config, world: World) -> tuple[Command, ...]:
    """The commands that put another machine in the place of this one, whose disk is there."""
    saved = () if LEAVE in world.consents else (save(wanted, config.provider),)
    return (*saved, aside(wanted, config.provider), *_anew(wanted, world.mac.mirror))


def over_a_disk(wanted: Machine, mirror: str | None) -> tuple[Command, ...]:
    """The same where only a disk is, which podman does not know."""
    return (aside(wanted, wanted.provider), *_anew(wanted, mirror))


def gone_on_with(wanted: Machine, seen: MachineSeen, mirror: str | None) -> Change:
    """What is left to do of a replacement that was cut off once the old machine's files were being moved."""
    commands = _moved(wanted, seen, mirror) if seen.replacing[0] == "moved" else over_a_disk(wanted, mirror)
    folder = f"~/.local/state/carbon-fleet/replaced/{seen.name}/{seen.replacing[1].rpartition('/')[2]}"
    reason = f"carbon-fleet was cut off while it replaced this machine; the old one is kept in {folder}"
    attribute = Attribute("replacement", seen.replacing[0], None)
    return Change(f"machine.{seen.name}", Action.RUN, (attribute,), reason, commands)


def forgotten(seen: MachineSeen) -> Iterator[Change]:
    """The Change that ends a replacement which was cut off before anything was moved, and is not wished any more."""
    if seen.replacing[0]:
        reason = "carbon-fleet was cut off while it saved this machine, which does not have to be replaced any more"
        attribute = Attribute("replacement", seen.replacing[0], None)
        says = f"forget what was saved of the machine {seen.name}"
        command = podman.of_text(step("forget"), (seen.name,), podman.REMOVE_SECONDS, says, seen.provider)
        yield Change(f"machine.{seen.name}", Action.RUN, (attribute,), reason, (command,))


def _moved(wanted: Machine, seen: MachineSeen, mirror: str | None) -> tuple[Command, ...]:
    """The old machine's files are away: what is at their place now is what was made of the new one."""
    config = seen.config
    if config is None:
        half = seen.disks.get(wanted.provider, (Disk.ABSENT, ""))[0] is not Disk.ABSENT or seen.mark
        clear = (_kept_safe(podman.clear(seen.name, wanted.provider), "clear"),) if half else ()
        return (*clear, *connections.leftovers(seen), *_anew(wanted, mirror))
    if seen.disk is not Disk.FILLED or fixed(wanted, seen, config):
        return (_kept_safe(podman.remove(seen.name, config.provider), "remove"), *_anew(wanted, mirror))
    noted = (podman.finish(seen.name, wanted.provider),) if seen.mark else ()
    linked = tuple(command for change in connections.differences(seen, config) for command in change.commands)
    whole = seen.state is State.RUNNING and not config.starting and seen.name in seen.processes.gvproxies
    down = () if whole or seen.state is State.STOPPED else (_kept_safe(podman.stop(wanted), "stop"),)
    up = () if whole else (_kept_safe(podman.start(wanted), "start"),)
    return (*noted, *linked, *down, *up, *_filled(wanted))


def _anew(wanted: Machine, mirror: str | None) -> tuple[Command, ...]:
    made = _kept_safe(podman.create(wanted, mirror), "create"), _kept_safe(podman.start(wanted), "start")
    return (*made, *_filled(wanted))


def _filled(wanted: Machine) -> tuple[Command, ...]:
    return bring(wanted), settle(wanted), podman.prefer(connections.preferred(wanted))


def _kept_safe(command: Command, name: str) -> Command:
    """The same command such that after its failure the old machine is put back."""
    argv = (*command.argv[:2], guarded(name), *command.argv[3:])
    return replace(command, argv=argv, deadline=command.deadline + BACK_SECONDS, codes=CODES)


def save(wanted: Machine, provider: str) -> Command:
    """Exports every volume to a folder on the Mac, each sha256 the same at both ends, and how containers were made."""
    seconds = str(wanted.start_timeout.seconds)
    argv = (wanted.name, seconds, str(SYSTEM_KIB), "podman", "machine", "start", wanted.name)
    says = f"save what the machine {wanted.name} holds"
    return replace(podman.of_text(step("save"), argv, TRANSFER_SECONDS, says, provider), codes=CODES)


def aside(wanted: Machine, provider: str) -> Command:
    """Stops the machine and moves its files out of podman's folders, with a script beside them that brings it back."""
    seconds = wanted.stop_timeout.seconds
    deadline = seconds + podman.STOP_SLACK + BACK_SECONDS
    says = f"stop the machine {wanted.name} and set it aside"
    argv = (wanted.name, str(seconds), wanted.provider)
    return replace(podman.of_text(step("aside"), argv, deadline, says, provider), codes=CODES)


def bring(wanted: Machine) -> Command:
    """Makes the volumes again, and compares every file with what it was."""
    says = f"bring the volumes into the machine {wanted.name}"
    return replace(
        podman.of_text(guarded("bring"), (wanted.name,), TRANSFER_SECONDS, says, wanted.provider), codes=CODES
    )


def settle(wanted: Machine) -> Command:
    """Notes that it is done."""
    says = f"note that the machine {wanted.name} is replaced"
    return podman.of_text(step("settle"), (wanted.name,), podman.REMOVE_SECONDS, says, wanted.provider)
