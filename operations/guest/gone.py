"""What was in a machine that was there before: the files and units the lab file names, and the way back to them."""

from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Finding, Where, World
from carbon_fleet.plan.files import file_back, file_told
from carbon_fleet.snapshot.files import FileSeen
from operations.guest import units
from operations.guest.mirror import ours_away
from operations.guest.registries import DROP_IN
from operations.guest.seen import GuestSeen, UnitSeen
from operations.guest.wish import Guest, GuestUnit

ABSENT = "not-found"


def found(wanted: Guest, seen: GuestSeen) -> Mapping[str, Any]:
    """Each wished file as it is, and how each wished unit stands."""
    files = {f"guest.file.{path}": file_told(seen.files.get(path, FileSeen(path))) for path in wanted.files}
    return {**files, **{f"guest.unit.{name}": _told(seen.units.get(name, UnitSeen())) for name in wanted.units}}


def _told(unit: UnitSeen) -> Mapping[str, Any] | None:
    if unit.load == ABSENT:
        return None
    return {"enabled": unit.enabled in units.ON, "active": unit.active in units.RUNS}


def removal(wanted: Guest, seen: GuestSeen, before: Mapping[str, Any], world: World) -> Iterator[Finding]:
    """Units that were not there end before their files go; the others stand as they stood."""
    for name in sorted(wanted.units):
        address, unit = f"guest.unit.{name}", seen.units.get(name, UnitSeen())
        if address in before and before[address] is None:
            yield from _end(address, name, unit)
        elif address in before:
            yield from units.unit_findings(name, GuestUnit(**before[address]), unit, written=False)
    for path in sorted(wanted.files):
        address = f"guest.file.{path}"
        yield from file_back(address, seen.files.get(path, FileSeen(path)), before.get(address), Where.GUEST)
    if DROP_IN not in wanted.files:
        yield from ours_away(seen, "it was not there before")
    # A unit whose file is gone stays loaded until systemd is told; what it says of one that was never there is nothing.
    gone = (name for name in wanted.units if before.get(f"guest.unit.{name}", ...) is None)
    lost = tuple(name for name in gone if _lost(name, wanted, seen))
    yield from units.reload(seen, lost)


def _lost(name: str, wanted: Guest, seen: GuestSeen) -> bool:
    paths = [path for path in wanted.files if units.unit_of(path) == name]
    files = [seen.files.get(path, FileSeen(path)) for path in paths]
    return seen.units.get(name, UnitSeen()).load != ABSENT and bool(files) and all(f.kind == "absent" for f in files)


def _end(address: str, name: str, unit: UnitSeen) -> Iterator[Change]:
    runs, starts = unit.active in units.RUNS, unit.enabled in units.ON
    commands = (
        *((units.systemctl("stop", name),) if runs else ()),
        *((units.systemctl("disable", name),) if starts else ()),
    )
    if commands:
        attribute = Attribute("unit", unit.active, None)
        yield Change(address, Action.DELETE, (attribute,), "it was not there before", commands)
