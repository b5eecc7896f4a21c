"""systemctl in the modelled guest."""

from __future__ import annotations

import fnmatch
import os
import sys

from .disk import fail, journal
from .flags import Flags
from .guest_units import FOLDERS, Units, manager

_SPEC: dict[str, type] = {
    "property": list,
    "value": bool,
    "no-block": bool,
    "now": bool,
    "quiet": bool,
    "no-pager": bool,
    "user": bool,
    "plain": bool,
    "no-legend": bool,
    "failed": bool,
    "all": bool,
    "type": str,
    "state": str,
    "full": bool,
    "lines": int,
    "system": bool,
}
_SHORT = {"p": "property", "q": "quiet", "a": "all", "t": "type", "l": "full", "n": "lines"}
_CHANGING = (
    "start",
    "stop",
    "restart",
    "try-restart",
    "reload-or-restart",
    "enable",
    "disable",
    "mask",
    "unmask",
    "reset-failed",
    "daemon-reload",
    "boot",
)


def main(argv: list[str]) -> int:
    """Run one systemctl command."""
    flags = Flags("systemctl", _SPEC, _SHORT)
    verb, *names = flags.parse(argv[1:]) or ["list-units"]
    if verb != "boot":
        journal(["guest", "systemctl", *argv[1:]])
        if verb in _CHANGING and os.getuid() != 0 and not flags.get("user"):
            fail(f"Failed to {verb}: Interactive authentication required.")
    with manager(write=verb in _CHANGING) as units:
        return _run(units, verb, [_full(name) for name in names], flags)


def _full(name: str) -> str:
    return name if "." in name or "*" in name else f"{name}.service"


def _run(units: Units, verb: str, names: list[str], flags: Flags) -> int:
    if verb == "daemon-reload":
        units.reload()
        sys.stderr.write("".join(f"{line}\n" for line in units.complaints) if flags.get("all") else "")
        return 0
    if verb == "boot":
        units.boot()
        return 0
    if verb in ("start", "stop", "restart", "try-restart", "reload-or-restart"):
        return _jobs(units, verb, names, quietly=bool(flags.get("no-block")))
    if verb in ("enable", "disable", "mask", "unmask"):
        return _files(units, verb, names, bool(flags.get("now")))
    if verb in ("is-active", "is-failed", "is-enabled"):
        return _ask(units, verb, names, bool(flags.get("quiet")))
    if verb == "show":
        return _show(units, names, flags)
    if verb == "is-system-running":
        failed = any(unit["active"] == "failed" for unit in units.known.values())
        sys.stdout.write("degraded\n" if failed else "running\n")
        return 1 if failed else 0
    return _look(units, verb, names, failed=bool(flags.get("failed")))


def _jobs(units: Units, verb: str, names: list[str], *, quietly: bool) -> int:
    status = 0
    for name in names:
        if verb == "try-restart" and units.get(name)["active"] != "active":
            continue
        why = units.stop(name) if verb == "stop" else ""
        if verb in ("restart", "try-restart", "reload-or-restart") and name in units.known:
            units.stop(name)
        why = why if verb == "stop" else units.start(name)
        if why and not (quietly and why.startswith("Job")):
            sys.stderr.write(f"{why}\n")
            status = 5 if "not" in why and why.startswith("Failed") else 1
    return status


def _files(units: Units, verb: str, names: list[str], now: bool) -> int:
    for name in names:
        if verb in ("mask", "unmask"):
            _mask(verb, name)
            continue
        state = units.enabled(name)
        if not state:
            fail(f"Failed to {verb} unit: Unit file {name} does not exist.")
        if state == "generated":
            fail(f"Failed to {verb} unit: Unit /run/systemd/generator/{name} is transient or generated.")
        unit = units.known.get(name)
        if unit is None and state != "enabled":
            units.reload()
            unit = units.known[name]
        for target in (unit or {"sections": {}})["sections"].get("Install", {}).get("WantedBy", []):
            _want(verb, name, target, (unit or {})["source"])
        if now:
            _jobs(units, "start" if verb == "enable" else "stop", [name], quietly=False)
    return 0


def _want(verb: str, name: str, targets: str, source: str) -> None:
    for target in targets.split():
        path = f"{FOLDERS[0]}/{target}.wants/{name}"
        if verb == "enable" and not os.path.lexists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(source, path)
            sys.stderr.write(f"Created symlink {path} → {source}.\n")
        elif verb == "disable" and os.path.lexists(path):
            os.unlink(path)
            sys.stderr.write(f'Removed "{path}".\n')


def _mask(verb: str, name: str) -> None:
    path = f"{FOLDERS[0]}/{name}"
    if verb == "mask" and not os.path.lexists(path):
        os.symlink("/dev/null", path)
    elif verb == "unmask" and os.path.islink(path) and os.readlink(path) == "/dev/null":
        os.unlink(path)


def _ask(units: Units, verb: str, names: list[str], quiet: bool) -> int:
    good = {
        "is-active": ("active",),
        "is-failed": ("failed",),
        "is-enabled": ("enabled", "static", "generated", "alias"),
    }[verb]
    states = [
        (units.enabled(name) or "not-found") if verb == "is-enabled" else units.get(name)["active"] for name in names
    ]
    if not quiet:
        sys.stdout.write("".join(f"{state}\n" for state in states))
    if verb == "is-active":
        return 0 if all(state in good for state in states) else 3
    return 0 if any(state in good for state in states) else 1


def _show(units: Units, names: list[str], flags: Flags) -> int:
    wanted = [name for one in flags.get("property", []) for name in one.split(",")]
    paragraphs = []
    for pattern in names:
        known = sorted(units.known) if "*" in pattern else [pattern]
        for name in fnmatch.filter(known, pattern) if "*" in pattern else known:
            told = _properties(units, name)
            chosen = {key: told.get(key, "") for key in wanted} if wanted else told
            lines = [value if flags.get("value") else f"{key}={value}" for key, value in chosen.items()]
            paragraphs.append("".join(f"{line}\n" for line in lines))
    sys.stdout.write("\n".join(paragraphs))
    return 0


def _properties(units: Units, name: str) -> dict[str, str]:
    unit = units.get(name)
    generated = f"/run/systemd/generator/{name}" if unit.get("container") else unit["source"]
    return {
        "Id": name,
        "LoadState": "masked" if units.enabled(name) == "masked" else unit["load"],
        "ActiveState": unit["active"],
        "SubState": unit["sub"],
        "UnitFileState": units.enabled(name),
        "NeedDaemonReload": "yes" if units.stale(name) else "no",
        "NRestarts": str(unit["restarts"]),
        "SourcePath": unit["source"] if unit.get("container") else "",
        "FragmentPath": generated,
        "Result": "exit-code" if unit["active"] == "failed" else "success",
        "Names": name,
        "MainPID": "0",
        "Description": name,
    }


def _look(units: Units, verb: str, names: list[str], *, failed: bool) -> int:
    if verb == "reset-failed":
        for unit in units.known.values():
            if unit["active"] == "failed":
                unit.update(active="inactive", sub="dead", restarts=0)
        return 0
    if verb in ("list-units", "list-unit-files"):
        for name in sorted(units.known):
            unit = units.known[name]
            if failed and unit["active"] != "failed":
                continue
            sys.stdout.write(f"{name} {unit['load']} {unit['active']} {unit['sub']}\n")
        return 0
    if verb == "cat" and names and names[0] in units.known:
        with open(units.known[names[0]]["source"]) as file:
            sys.stdout.write(file.read())
        return 0
    if verb == "status" and names:
        unit = units.get(names[0])
        sys.stdout.write(f"{names[0]}\n   Loaded: {unit['load']}\n   Active: {unit['active']} ({unit['sub']})\n")
        return 0 if unit["active"] == "active" else 3
    return fail(f"Unknown command verb {verb!r} (the modelled guest does not know it).")
