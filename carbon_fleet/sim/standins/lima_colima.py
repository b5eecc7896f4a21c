"""colima: version, list --json, start, stop, ssh; it finds limactl by PATH, and tells no type of a virtual machine.

Sources: `environment/vm/lima/limautil/instance.go` (what a line has; `runtime` only of one that runs),
`config/profile.go` (profile and instance), `cmd/start.go` (`--activate`, `--save-config`).
"""

from __future__ import annotations

import json
import os
import sys

from . import lima_instances as lima
from .disk import fail, journal, read_json, write_json, write_text
from .engines import unknown

VERSION = "0.10.3"
_KEPT = ("name", "status", "arch", "cpus", "memory", "disk")


def main(argv: list[str]) -> int:
    """Run one command of colima."""
    words = argv[1:]
    journal(argv)
    if words == ["version"]:
        sys.stdout.write(f"colima version {VERSION}\n")
        return 0
    if not any(os.access(f"{at}/limactl", os.X_OK) for at in os.environ.get("PATH", "").split(":")):
        why = 'exec: "limactl": executable file not found in $PATH'
        fail(f'time="2026-11-30T12:00:00+10:00" level=fatal msg="error retrieving instances: {why}"')
    if words == ["list", "--json"]:
        _list()
    elif words[:2] == ["start", "--profile"]:
        _start(words[2], words[3:])
    elif words[:2] == ["stop", "--profile"]:
        lima.stop(lima.colima_home(), _instance(words[2]))
    elif words[:2] == ["ssh", "--profile"] and words[3:4] == ["--"]:
        return lima.shell(lima.colima_home(), _instance(words[2]), words[4:])
    else:
        unknown("colima", words)
    return 0


def _instance(profile: str) -> str:
    return "colima" if profile == "default" else f"colima-{profile}"


def _list() -> None:
    place = lima.colima_home()
    for name in lima.names(place):
        row = lima.listed(place, name)
        told = {key: row[key] for key in _KEPT} | {"name": name.removeprefix("colima-").replace("colima", "default")}
        if row["status"] == "Running":
            told["runtime"] = lima.state(place, name)["engine"].replace("nerdctl", "containerd")
        sys.stdout.write(json.dumps(told, separators=(",", ":")) + "\n")


def _start(profile: str, options: list[str]) -> None:
    """Left to itself it becomes docker's current context, and writes its settings anew."""
    if "--activate=false" not in options:
        path = f"{lima.HOME}/.docker/config.json"
        write_json(path, {**read_json(path, {}), "currentContext": _instance(profile)})
    if "--save-config=false" not in options:
        write_text(f"{lima.HOME}/.colima/{profile}/colima.yaml", "# written anew\n")
    lima.start(lima.colima_home(), _instance(profile))
