"""The inside of a virtual machine in memory: every one the resource may meet, and what its commands do to one."""

import base64
from dataclasses import replace

from hypothesis import strategies as st

from carbon_fleet import assets
from carbon_fleet.plan import Change, Command, Where
from carbon_fleet.snapshot.files import FileSeen
from operations.guest import Guest, GuestFile, GuestSeen, GuestUnit, UnitSeen
from operations.guest.units import unit_of

PATHS = ("/etc/tmpfiles.d/lab.conf", "/etc/systemd/system/job.service", "/etc/containers/systemd/web.container")
UNITS = ("chronyd.service", "job.service", "web.service")


def strategy_wanted() -> st.SearchStrategy[Guest]:
    """Any wish of `guest:`."""
    file = st.builds(
        GuestFile,
        content=st.sampled_from(["", "a\n", "b\n"]),
        mode=st.sampled_from(["0644", "0600"]),
        owner=st.sampled_from(["root", "core"]),
    )
    unit = st.builds(GuestUnit, enabled=st.booleans(), active=st.booleans())
    return st.builds(
        Guest,
        files=st.dictionaries(st.sampled_from(PATHS), file),
        units=st.dictionaries(st.sampled_from(UNITS), unit),
        gpu=st.booleans(),
    )


@st.composite
def strategy_seen(draw: st.DrawFn) -> GuestSeen:
    """Any machine: with and without GPU, its clock right or wrong, its files and units in any state."""
    files = draw(st.dictionaries(st.sampled_from(PATHS), _files()))
    units = {name: draw(_unit(name, any(unit_of(path) == name for path in files))) for name in UNITS}
    return GuestSeen(
        render=draw(st.sampled_from(["char", "char", "char", "absent"])),
        time=draw(st.sampled_from([1000, 1001, 960, 2000])),
        files={path: replace(file, path=path) for path, file in files.items()},
        units=units,
    )


def _files() -> st.SearchStrategy[FileSeen]:
    return st.builds(
        FileSeen,
        path=st.just(""),
        kind=st.just("regular"),
        mode=st.sampled_from(["0644", "0600"]),
        owner=st.sampled_from(["root", "core"]),
        group=st.just("root"),
        content=st.sampled_from([b"", b"a\n", b"b\n"]),
    )


def _unit(name: str, has_file: bool) -> st.SearchStrategy[UnitSeen]:
    if not has_file and name != "chronyd.service":
        return st.just(UnitSeen())
    states = ["generated"] if name == "web.service" else ["enabled", "disabled", "masked", "static", "enabled-runtime"]
    active = st.sampled_from(["active", "inactive", "failed", "activating", "reloading"])
    return st.builds(UnitSeen, st.just("loaded"), active, st.sampled_from(states), st.booleans())


def apply(seen: GuestSeen, change: Change) -> GuestSeen:
    """The machine's inside after a Change's commands."""
    for command in change.commands:
        assert command.where is Where.GUEST
        seen = _run(seen, command)
    return seen


def _run(seen: GuestSeen, command: Command) -> GuestSeen:
    if command.argv[0] == "systemctl":
        return _systemctl(seen, *command.argv[1:])
    assert command.argv[0] == "/bin/sh"
    if command.argv[2] == assets.text("guest/step-clock.sh"):
        return replace(seen, time=1000)
    assert command.argv[2] == assets.text("write-file.sh")
    path, mode, owner, size = command.argv[4:]
    content = base64.b64decode(command.stdin or "")
    assert len(content) == int(size)
    file = FileSeen(path, "regular", mode, owner, "root", content)
    units = dict(seen.units)
    if name := unit_of(path):
        units[name] = replace(units.get(name, UnitSeen()), stale=True)
    return replace(seen, files={**seen.files, path: file}, units=units)


def _systemctl(seen: GuestSeen, verb: str, *names: str) -> GuestSeen:
    units = dict(seen.units)
    if verb == "daemon-reload":
        for path in seen.files:
            name = unit_of(path)
            if name and units.get(name, UnitSeen()).load == "not-found":
                units[name] = UnitSeen("loaded", "inactive", "generated" if name == "web.service" else "disabled")
        return replace(seen, units={name: replace(unit, stale=False) for name, unit in units.items()})
    for name in names:
        units[name] = _verb(verb, units[name])
    return replace(seen, units=units)


def _verb(verb: str, unit: UnitSeen) -> UnitSeen:
    assert unit.load != "not-found", f"systemctl {verb}: no such unit"
    if verb in ("start", "stop"):
        assert verb == "stop" or unit.enabled != "masked", "a masked unit does not start"
        assert verb == "stop" or not unit.stale, "systemd would take the unit's old text"
        return replace(unit, active="active" if verb == "start" else "inactive")
    assert unit.enabled not in ("generated", "static")
    after = {"enable": "enabled", "disable": "disabled", "unmask": "disabled"}[verb]
    assert verb != "enable" or unit.enabled != "masked"
    return replace(unit, enabled=after)
