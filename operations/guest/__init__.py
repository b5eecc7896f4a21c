"""The inside of the Podman machine: its GPU's render node, its clock, files and systemd units.

What a machine with the provider libkrun has inside: podman `pkg/machine/ignition`, containers/podman-machine-os.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet import assets
from carbon_fleet.plan import Action, Attribute, Change, Finding, Refusal, Resource, Where, World, guest, shell
from carbon_fleet.plan.files import FileWish, file_findings
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import Mac
from operations import _ours as ours
from operations import runtimes
from operations._ours import Stranger
from operations.guest import units as units
from operations.guest.gone import found, removal
from operations.guest.mirror import leftover
from operations.guest.registries import DROP_IN, files
from operations.guest.seen import GuestSeen, UnitSeen, read
from operations.guest.wish import Guest, GuestFile, GuestUnit

__all__ = ["RESOURCE", "Guest", "GuestFile", "GuestSeen", "GuestUnit", "UnitSeen", "differences", "read"]

HOP_SECONDS = 10
"""How long the hop may have taken between the two looks at a clock: by so much the machine may seem ahead."""


def differences(wanted: Guest, seen: GuestSeen, world: World) -> Iterator[Finding]:
    """The GPU, the clock, files, one daemon-reload, units."""
    if wanted.gpu and runtimes.machine_gpu(world.mac):
        yield from _gpu(seen)
    yield from _clock(wanted, seen, world)
    yield from ours.refused("guest.files", strangers(wanted, seen, world), world)
    yield from _files_and_units(wanted, seen, world)


def _gpu(seen: GuestSeen) -> Iterator[Refusal]:
    if seen.render in ("char", "unknown"):
        return
    provider = seen.provider or "unknown"
    if provider == "applehv":
        remedy = "the machine was made with applehv, which has no GPU: apply with --allow-replace makes it anew"
    else:
        remedy = (
            "look at krunkit (`krunkit --version`: 1.3.2 or newer, from libkrun/krun, with its virglrenderer-krun), "
            "then stop the machine and apply again; without a GPU on purpose, write `guest: {gpu: false}`"
        )
    yield Refusal(
        "guest.gpu",
        "GUEST_NO_GPU",
        f"/dev/dri/renderD128 is {'not there' if seen.render == 'absent' else 'no device'} (provider: {provider})",
        "no container of this machine can use the Mac's GPU",
        remedy,
    )


def _clock(wanted: Guest, seen: GuestSeen, world: World) -> Iterator[Change]:
    """Both clocks were read in one probe, the Mac's first: the hop between can make the machine seem ahead only."""
    machine = world.snapshot.sections.get("machine")
    there = machine.get("time") if machine else None
    if seen.time is None or there is None or not there.isdecimal():
        return
    ahead = seen.time - int(there)
    if -wanted.clock_skew.seconds <= ahead <= wanted.clock_skew.seconds + HOP_SECONDS:
        return
    attribute = Attribute("skew", f"{ahead:+d} s", f"within {wanted.clock_skew}")
    reason = "the machine's clock is off, as after the Mac slept: certificates, builds and logs go wrong"
    command = guest(*shell(assets.text("guest/step-clock.sh")), deadline=60, says="set the machine's clock")
    yield Change("guest.clock", Action.RUN, (attribute,), reason, (command,))


def _files_and_units(wanted: Guest, seen: GuestSeen, world: World) -> Iterator[Finding]:
    changed: list[str] = []
    yield from leftover(wanted, seen, world.mac)
    for path, wish in sorted(files(wanted, world.mac).items()):
        found = _file(path, wish, seen)
        unit = units.unit_of(path)
        if unit and any(isinstance(one, Change) and not world.leaves(one.address) for one in found):
            if unit not in changed:
                yield from _stop_first(unit, wanted, seen)
            changed.append(unit)
        yield from found
    stopped = tuple(dict.fromkeys(changed))
    yield from units.reload(seen, stopped)
    for name, unit_wish in sorted(wanted.units.items()):
        paths = [path for path in wanted.files if units.unit_of(path) == name]
        unit_seen = units.to_come(seen.units.get(name, UnitSeen()), paths, stopped=name in stopped and unit_wish.active)
        yield from units.unit_findings(name, unit_wish, unit_seen, bool(paths))


def strangers(wanted: Guest, seen: GuestSeen, world: World) -> tuple[Stranger, ...]:
    """The files of somebody's that wished ones would overwrite."""
    return tuple(
        Stranger(path, Where.GUEST)
        for path, wish in sorted(wanted.files.items())
        if not wish.overwrite
        and not ours.is_ours(_address(path), _wish(path, wish), _seen(path, seen), world, stock=path in seen.stock)
    )


def _address(path: str) -> str:
    return f"guest.file.{path}"


def _wish(path: str, wish: GuestFile) -> FileWish:
    return FileWish(path, wish.content, wish.mode, wish.owner)


def _seen(path: str, seen: GuestSeen) -> FileSeen:
    return seen.files.get(path, FileSeen(path))


def _file(path: str, wish: GuestFile, seen: GuestSeen) -> tuple[Finding, ...]:
    return file_findings(
        _address(path),
        _wish(path, wish),
        _seen(path, seen),
        Where.GUEST,
        "the lab file says what is in it",
    )


def _stop_first(unit: str, wanted: Guest, seen: GuestSeen) -> Iterator[Change]:
    """A running unit is stopped before its file changes: cut off anywhere, it is not left running with its old text."""
    wish = wanted.units.get(unit)
    if wish and wish.active and seen.units.get(unit, UnitSeen()).active in units.RUNS:
        attribute = Attribute("active", "old text", "new text")
        reason = "its file changes: it is started again once systemd has read it"
        stake = (f"{unit} is restarted",)
        yield Change(f"guest.unit.{unit}", Action.RUN, (attribute,), reason, (units.systemctl("stop", unit),), stake)


def asks(wanted: Guest, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/guest.sh`."""
    paths = sorted({*wanted.files, DROP_IN})
    return {"CF_GUEST_FILES": "\n".join(paths), "CF_GUEST_UNITS": " ".join(units.asked(wanted))}


def parts(wanted: Guest, mac: Mac) -> Mapping[str, Any]:
    """Files and units one by one."""
    texts = {_address(path): wish.model_dump(mode="json") for path, wish in files(wanted, mac).items()}
    return {**texts, **{f"guest.unit.{name}": wish.model_dump(mode="json") for name, wish in wanted.units.items()}}


RESOURCE = Resource(
    "guest",
    "guest",
    Guest,
    read,
    differences,
    inside=True,
    empty=GuestSeen(),
    asks=asks,
    parts=parts,
    found=found,
    removal=removal,
    versions=lambda seen: {"guest.os": seen.os} if seen.os else {},
    moved_by={"guest.unit.*": ("guest.os",)},
    applies=runtimes.quadlet,
)
