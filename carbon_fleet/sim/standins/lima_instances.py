"""Instances of Lima on the simulated Mac's disk, and what runs in one: a shell in sight of a render node, or not.

Sources: Lima's `pkg/limatype/lima_instance.go`, `cmd/limactl/{list,shell,start}.go`, `pkg/driver/krunkit`.
"""

from __future__ import annotations

import os
import subprocess

from .disk import fail, fault, read_json, write_json
from .engines import turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

HOME = "/Users/lab"
VERSION = "2.2.0"
KRUNKIT = "krunkit"


def home() -> str:
    """Where limactl has its instances."""
    return os.environ.get("LIMA_HOME") or f"{HOME}/.lima"


def colima_home() -> str:
    """Where Colima has limactl's."""
    return f"{HOME}/.colima/_lima"


def names(place: str) -> list[str]:
    """The instances below a LIMA_HOME."""
    found = os.listdir(place) if os.path.isdir(place) else []
    return sorted(name for name in found if os.path.exists(f"{place}/{name}/lima.yaml"))


def state(place: str, name: str) -> dict[str, Any]:
    """What is kept of one; ends the program where there is none."""
    found: dict[str, Any] = read_json(f"{place}/{name}/sim.json", {})
    if not found:
        fatal(f'instance "{name}" does not exist, run `limactl create {name}` to create a new instance')
    return found


def change(place: str, name: str, **more: object) -> None:
    """Keep more of one."""
    write_json(f"{place}/{name}/sim.json", {**state(place, name), **more})


def fatal(message: str) -> NoReturn:
    """End as logrus does."""
    fail(f'time="2026-11-30T12:00:00+10:00" level=fatal msg="{message}"')


def listed(place: str, name: str) -> dict[str, Any]:
    """One line of `limactl list --json`; the whole configuration is in it, whatever stands there."""
    kept = state(place, name)
    if fault("lima-broken"):
        fatal(f"unable to load instance {name}: open {place}/{name}/lima.yaml: permission denied")
    known = {"name": name, "hostname": f"lima-{name}", "status": kept["status"], "dir": f"{place}/{name}"}
    size = {"vmType": kept["type"], "arch": "aarch64", "cpus": 4, "memory": 4 << 30, "disk": 100 << 30}
    config = {"vmType": kept["type"], "env": {"TOKEN": "of-somebody"}, "user": {"name": "lab"}}
    return {**known, **size, "config": config, "protected": False, "limaVersion": VERSION}


def start(place: str, name: str) -> None:
    """Start one; krunkit has to be on PATH for one of its type."""
    kept = state(place, name)
    if kept["type"] == KRUNKIT and not any(os.access(f"{at}/krunkit", os.X_OK) for at in _path()):
        fatal('failed to find krunkit: exec: \\"krunkit\\": executable file not found in $PATH')
    turn("start")
    change(place, name, status="Running")


def stop(place: str, name: str) -> None:
    """Stop one; one that is stopped is an error."""
    if state(place, name)["status"] != "Running":
        fatal(f'expected status \\"Running\\", got \\"Stopped\\" (maybe use `limactl stop -f {name}`?)')
    turn("stop")
    change(place, name, status="Stopped")


def shell(place: str, name: str, words: list[str]) -> int:
    """Run words in the virtual machine: this machine's programs, the instance's engine, its render node."""
    kept = state(place, name)
    if kept["status"] != "Running":
        fatal("EOF")  # it asks whether to start, and nobody answers
    if fault("lima-closed"):
        fail("ssh: connect to host 127.0.0.1 port 60022: Connection refused", 255)
    node = ["--dev-bind", "/dev/null", "/dev/dri/renderD128"] if kept["type"] == KRUNKIT and kept["render"] else []
    sandbox = ["/.host/bin/bwrap", "--die-with-parent", "--dev-bind", "/", "/", "--dev", "/dev", *node]
    for place_inside in ("/usr/bin", "/bin"):
        sandbox += ["--ro-bind", "/.host/bin", place_inside]
    environment = {"PATH": f"/.sim/lima-{kept['engine']}:/usr/bin:/bin", "HOME": "/tmp", "SIM_LIMA": f"{place}/{name}"}
    return subprocess.run([*sandbox, "--", *words], env=environment).returncode


def _path() -> list[str]:
    return os.environ.get("PATH", "").split(":")
