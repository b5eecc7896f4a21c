"""`podman machine inspect`, `list` and `info`, with the different units each of them has (`cmd/podman/machine`)."""

from __future__ import annotations

import json
import sys

from . import connections
from .disk import fail
from .flags import Flags, none
from .machine_human import age, check, size, write_rows
from .machine_store import ZERO_TIME, Machine, by_name, everywhere, load, visible
from .podman_env import Env
from .podman_machine import DEFAULT_NAME
from .template import render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def run(env: Env, verb: str, argv: list[str]) -> int:
    """Print; `inspect` of a missing machine prints [] and ends with 125."""
    verb = "list" if verb == "ls" else verb
    spec: dict[str, type] = {"format": str}
    if verb == "list":
        spec.update({"quiet": bool, "noheading": bool})
        if (5, 3) <= env.release < (6,):
            spec["all-providers"] = bool
    flags = Flags(f"podman machine {verb}", spec, {"f": "format", "q": "quiet", "n": "noheading"})
    names = flags.parse(argv)
    if verb == "inspect":
        return _inspect(env, names or [DEFAULT_NAME], flags.get("format"))
    none(f"podman machine {verb}", names)
    if verb == "info":
        _print_info(_info(env), flags.get("format"))
    else:
        _list(env, flags)
    return 0


_TABLE = "{{.Name}}\t{{.VMType}}\t{{.Created}}\t{{.LastUp}}\t{{.CPUs}}\t{{.Memory}}\t{{.DiskSize}}"
_HEADINGS = {"Name": "NAME", "VMType": "VM TYPE", "Created": "CREATED", "LastUp": "LAST UP", "CPUs": "CPUS",
             "Memory": "MEMORY", "DiskSize": "DISK SIZE"}  # fmt: skip


def _list(env: Env, flags: Flags) -> None:
    machines = everywhere(env) if flags.get("all-providers") else list(visible(env).values())
    rows = [_row(env, machine) for machine in machines]
    form = flags.get("format")
    if form == "json":
        sys.stdout.write(json.dumps(rows, indent=4))  # podman ends no line here
        return
    form = form or ("{{.Name}}" if flags.get("quiet") else f"table {_TABLE}")
    headings: dict[str, str] = {} if flags.get("noheading") else _HEADINGS
    write_rows(form, [_human(row) for row in rows], headings, "list", "*entities.ListReporter")


def _human(row: dict[str, Any]) -> dict[str, Any]:
    """The row for people: podman marks the default machine in its very name, and leaves out what it does not show."""
    last = "Never" if row["LastUp"] == ZERO_TIME else age(row["LastUp"])
    last = "Currently running" if row["Running"] else last
    sizes: dict[str, str] = {key: size(int(row[key])) for key in ("Memory", "Swap", "DiskSize") if key in row}
    shown = {
        **sizes,
        "Name": row["Name"] + ("*" if row["Default"] else ""),
        "LastUp": "Currently starting" if row["Starting"] else last,
        "Created": age(row["Created"]),
        "Running": row["Running"] and not row["Starting"],
    }
    absent = {"Stream": "", "Port": 0, "RemoteUsername": "", "IdentityPath": "", "UserModeNetworking": False}
    return {**row, **absent, **shown}


def _inspect(env: Env, names: list[str], form: str | None) -> int:
    found, missing = [], []
    for name in names:
        machine = by_name(env, name)
        if machine is None:
            missing.append(f"Error: {name}: VM does not exist\n")
        else:
            found.append(_details(env, machine))
    if form is None:
        sys.stdout.write(json.dumps(found, indent=5) + "\n")
    else:
        write_rows(form, found, {}, "inspect", "machine.InspectInfo")
    if missing:
        fail("".join(missing), 125)
    return 0


def _print_info(info: dict[str, Any], form: str | None) -> None:
    if form == "json":
        sys.stdout.write(json.dumps(info, indent=2) + "\n")
    elif form is not None:
        check(form, [info], "", "info", "entities.MachineInfo")
        sys.stdout.write(render(form, info) + "\n")
    else:
        for part, fields in info.items():
            sys.stdout.write(f"{part.lower()}:\n")
            sys.stdout.write("".join(f"    {key.lower()}: {_yaml(value)}\n" for key, value in fields.items()))
        sys.stdout.write("\n")


def _yaml(value: object) -> str:
    return '""' if value == "" else str(value)


def _details(env: Env, machine: Machine) -> dict[str, Any]:
    data = machine.data
    return {
        # podman 6 names the chosen provider's folder, whichever the machine has (cmd/podman/machine/inspect.go)
        "ConfigDir": {"Path": f"{env.config}/{env.provider()}"},
        "ConnectionInfo": {"PodmanSocket": {"Path": f"{env.run}/{machine.name}-api.sock"}, "PodmanPipe": None},
        "Created": data["Created"],
        "LastUp": data["LastUp"],
        "Name": machine.name,
        "Resources": data["Resources"],
        "SSHConfig": data["SSH"],
        "State": machine.state(),
        "UserModeNetworking": True,
        "Rootful": data["HostUser"]["Rootful"],
        "Rosetta": False,
    }


def _row(env: Env, machine: Machine) -> dict[str, Any]:
    data, resources = machine.data, machine.data["Resources"]
    swap = {"Swap": str(data.get("Swap", 0) * 1024**2)} if env.release >= (5, 6) else {}
    return {
        "Name": machine.name,
        "Default": connections.default_if_readable(env) == machine.name,
        "Created": data["Created"],
        "Running": machine.state() == "running",
        "Starting": data["Starting"],
        "LastUp": data["LastUp"],
        "Stream": "default",
        "VMType": machine.provider,
        "CPUs": resources["CPUs"],
        "Memory": str(resources["Memory"] * 1024**2),
        **swap,
        "DiskSize": str(resources["DiskSize"] * 1024**3),
        "Port": machine.port,
        "RemoteUsername": data["SSH"]["RemoteUsername"],
        "IdentityPath": data["SSH"]["IdentityPath"],
        "UserModeNetworking": True,
    }


def _state(running: str, starting: str, chosen: str) -> str:
    if running or starting:
        return "Running" if running else "Starting"
    return "Stopped" if chosen else ""


def _info(env: Env) -> dict[str, Any]:
    """`Current…` is the running machine, else the default one; the default counts only under its rootless name."""
    machines = load(env, env.provider())
    chosen = connections.default_if_readable(env)
    chosen = chosen if chosen in machines else ""
    running = next((machine.name for machine in machines.values() if machine.state() == "running"), "")
    starting = next((machine.name for machine in machines.values() if machine.data["Starting"]), "")
    return {
        "Host": {
            "Arch": "arm64",
            "CurrentMachine": running or starting or chosen,
            "DefaultMachine": chosen,
            "EventsDir": env.run,
            "MachineConfigDir": f"{env.config}/{env.provider()}",
            "MachineImageDir": f"{env.data}/{env.provider()}",
            "MachineState": _state(running, starting, chosen),
            "NumberOfMachines": len(machines),
            "OS": "darwin",
            "VMType": env.provider(),
        },
        "Version": {
            "APIVersion": env.version,
            "Version": env.version,
            "GoVersion": "go1.24.4",
            "GitCommit": "",
            "BuiltTime": "Mon Apr 21 10:00:00 2025",
            "Built": 1745229600,
            "BuildOrigin": "brew",
            "OsArch": "darwin/arm64",
            "Os": "darwin",
        },
    }
