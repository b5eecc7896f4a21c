"""The differences of unit files: written, removed, and read again by systemd.

A service is stopped before its unit changes. So an interruption at any point leaves a stopped service, which the next
look sees, and never one that still runs by the old text beside a new file.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Where, World, guest
from carbon_fleet.plan.files import FileWish, file_findings
from carbon_fleet.snapshot.files import FileSeen
from operations import _ours as ours
from operations._ours import Stranger
from operations.stack.quadlet import CONTAINER_LABEL, FOLDER, STACK_LABEL, Unit
from operations.stack.seen import StackSeen

STOP_SECONDS = 120


def stop(service: str) -> Command:
    """Stop a service; podman gives the container ten seconds to end by itself."""
    return guest("systemctl", "stop", service, deadline=STOP_SECONDS, says=f"stop {service}")


def rewritten(unit: Unit, seen: StackSeen) -> bool:
    """Whether the unit's text is not what is on the disk."""
    file = seen.files.get(unit.path, FileSeen(unit.path))
    return file.kind != "regular" or file.content != unit.text.encode()


def strangers(units: Iterable[Unit], seen: StackSeen, world: World) -> tuple[Stranger, ...]:
    """The unit files of somebody's that ours would overwrite: ours have our label."""
    return tuple(
        Stranger(unit.path, Where.GUEST)
        for unit in units
        if not ours.is_ours(
            unit.address,
            FileWish(unit.path, unit.text),
            seen.files.get(unit.path, FileSeen(unit.path)),
            world,
            marker=f'Label="{STACK_LABEL}=',
        )
    )


def file_changes(units: Iterable[Unit], seen: StackSeen) -> Iterator[Finding]:
    """Unit files to be written."""
    for unit in units:
        file = seen.files.get(unit.path, FileSeen(unit.path))
        reason = f"the unit of {unit.container_name} must be what the lab file makes it"
        for finding in file_findings(unit.address, FileWish(unit.path, unit.text), file, Where.GUEST, reason):
            running = rewritten(unit, seen) and not seen.service(unit.service).down
            yield _after_stop(finding, unit.service) if running and isinstance(finding, Change) else finding


def _after_stop(change: Change, service: str) -> Change:
    commands = (stop(service), *change.commands)
    return Change(change.address, change.action, change.attributes, change.reason, commands)


def orphan_changes(units: Iterable[Unit], seen: StackSeen) -> Iterator[Change]:
    """Units of ours that no stack wants any more: their files, and services that outlived theirs. Volumes are kept."""
    wanted = {unit.path for unit in units}
    paths = {f"{FOLDER}/{name.removesuffix('.service')}.container" for name in seen.ours()}
    for path in sorted({path for path in seen.files if path.endswith(".container")} | paths):
        if path not in wanted:
            yield from _orphan(path, seen)


def _orphan(path: str, seen: StackSeen) -> Iterator[Change]:
    file = seen.files.get(path, FileSeen(path))
    name = service_of(path)
    running = not seen.service(name).down
    stops = (stop(name),) if running else ()
    state = (Attribute("state", seen.service(name).active, None),) if running else ()
    if file.kind in ("regular", "link"):
        text = Attribute("content", file.content.decode(errors="replace"), None)
        remove = guest("rm", "-f", path, says=f"remove {path}")
        reason = "no stack of this Mac has this container"
        yield Change(_address(file), Action.DELETE, (text, *state), reason, (*stops, remove))
    elif running:
        yield Change(_address(file), Action.DELETE, state, "its unit is gone, and no stack of this Mac has it", stops)


def service_of(path: str) -> str:
    """The service the generator makes of the unit file at `path`."""
    return path.rpartition("/")[2].removesuffix(".container") + ".service"


def _address(file: FileSeen) -> str:
    """`stack.STACK.CONTAINER` by the labels in the file; a file without them has just its name."""
    text = file.content.decode(errors="replace")
    found = [
        re.search(rf'^Label="{re.escape(label)}=([a-z0-9-]+)"$', text, re.M) for label in (STACK_LABEL, CONTAINER_LABEL)
    ]
    words = [match[1] for match in found if match]
    name = file.path.rpartition("/")[2].removeprefix("carbon-fleet-").removesuffix(".container")
    return ".".join(["stack", *words]) if len(words) == 2 else f"stack.{name}"


def reload_change(
    units: Collection[Unit], seen: StackSeen, written: bool, leaves: Callable[[str], bool]
) -> Iterator[Change]:
    """One daemon-reload: after files were written or removed, and where systemd says that it has read others.

    It neither brings nor takes away a unit whose file the run `leaves` as it is.
    """
    wanted = {unit.service for unit in units}
    there = {service_of(path) for path, file in seen.files.items() if file.kind == "regular"}
    stale = [name for name in {*wanted, *seen.ours()} if seen.service(name).stale]
    lost = [name for name in seen.ours() if name not in wanted | there and seen.service(name).load == "loaded"]
    made = [unit.service for unit in units if not leaves(unit.address)]
    missing = [name for name in made if seen.service(name).load != "loaded"]
    if written or stale or lost or missing:
        reason = "systemd has to read the units again"
        command = guest("systemctl", "daemon-reload", deadline=120, says="let systemd read the units")
        yield Change(
            "stack.systemd", Action.RUN, (Attribute("units", "as read before", "as written"),), reason, (command,)
        )
