"""`podman inspect`, `exec`, `healthcheck run`, `logs`, `stop`, `start`, `kill`, `restart`, `rm`, `rename`."""

from __future__ import annotations

import json
import os
import shlex
import sys
import time

from . import guest_images, guest_run
from .container_check import healthy
from .disk import fail
from .flags import Flags
from .guest_ps import health
from .guest_store import store
from .template import render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def details(box: dict[str, Any]) -> dict[str, Any]:
    """One element of `podman container inspect`."""
    state: dict[str, Any] = {
        "Status": box["state"],
        "Running": box["state"] == "running",
        "ExitCode": box["exit"],
        "StartedAt": _iso(box["started"]),
    }
    if box.get("health"):
        state["Health"] = {"Status": health(box), "FailingStreak": 0, "Log": None}
    return {
        "Id": box["id"],
        "Name": box["name"],
        "Image": box["image"],
        "ImageName": box["image_name"],
        "State": state,
        "Created": _iso(box["created"]),
        "Mounts": [_mount(mount) for mount in box.get("mounts", [])],
        "RestartCount": 0,
        "Config": {"Labels": box["labels"], "Env": box["env"], "Cmd": box["command"], **_typed(box)},
        "HostConfig": {
            "Devices": [{"PathOnHost": one, "PathInContainer": one} for one in box["devices"]],
            "Binds": box["volumes"],
            "AutoRemove": box["remove"],
        },
    }


def _typed(box: dict[str, Any]) -> dict[str, Any]:
    """What was typed; podman has it of what came by its command line only."""
    return {"CreateCommand": box["typed"]} if box.get("typed") else {}


def _mount(option: str) -> dict[str, str]:
    words = dict(word.partition("=")[::2] for word in option.split(","))
    keys = ("type", "source", "destination")
    return {key.capitalize(): words.get(key, "") for key in keys}


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def inspect(argv: list[str], kind: str = "all") -> int:
    """Containers first, then images; a missing one prints the others, an error, and ends with 125."""
    flags = Flags(
        "podman inspect",
        {"type": str, "format": str, "latest": bool, "size": bool},
        {"t": "type", "f": "format", "s": "size"},
    )
    names = flags.parse(argv)
    kind = flags.get("type", kind)
    found: list[Any] = []
    missing: list[str] = []
    with store() as opened:
        for name in names:
            box = opened.container(name) if kind in ("all", "container") else None
            one = details(box) if box else (guest_images.details(opened, name) if kind in ("all", "image") else None)
            if one:
                found.append(one)
            else:
                missing.append(name)
    form = flags.get("format")
    if form in (None, "json"):
        sys.stdout.write(json.dumps(found, indent=4) + "\n")
    else:
        sys.stdout.write("".join(render(form, one) + "\n" for one in found))
    if missing:
        what = {"container": "no such container", "image": "image not known"}.get(kind, "no such object")
        fail(
            "".join(
                f'Error: {what}: "{name}"\n' if kind != "image" else f"Error: {name}: {what}\n" for name in missing
            ),
            125,
        )
    return 0


def must_run(name: str) -> dict[str, Any]:
    """A running container, or the end of the program."""
    with store() as opened:
        box = opened.container(name)
    if box is None:
        fail(f'Error: no container with name or ID "{name}" found: no such container', 125)
    if box["state"] != "running":
        fail("Error: can only create exec sessions on running containers: container state improper", 255)
    return box


def execute(argv: list[str]) -> int:
    """Run in the guest itself, with the container's environment and programs; without its devices unless given."""
    spec = {
        "interactive": bool,
        "tty": bool,
        "user": str,
        "env": list,
        "workdir": str,
        "detach": bool,
        "privileged": bool,
    }
    flags = Flags(
        "podman exec", spec, {"i": "interactive", "t": "tty", "u": "user", "e": "env", "w": "workdir", "d": "detach"}
    )
    name, *command = flags.parse(argv, interspersed=False)
    box = must_run(name)
    given = dict(item.partition("=")[::2] for item in [*box["env"], *flags.get("env", [])])
    environment = {
        "PATH": "/.sim/container:/usr/bin:/bin",
        "HOME": "/root",
        "container": "podman",
        **given,
        "SIM_CONTAINER": box["name"],
    }
    hide = [] if "/dev/dri" in box["devices"] else ["--tmpfs", "/dev/dri"]
    sys.stdout.flush()
    if not flags.get("interactive"):
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    sandbox = ["/.host/bin/bwrap", "--dev-bind", "/", "/", "--unsetenv", "VTEST_SOCKET_NAME", *hide, "--"]
    try:
        os.execve(sandbox[0], [*sandbox, *command], environment)
    except FileNotFoundError:
        fail(f"Error: crun: executable file `{shlex.join(command)}` not found", 127)


def healthcheck(argv: list[str]) -> int:
    """`podman healthcheck run NAME`: 0 healthy, 1 not."""
    box = must_run(argv[-1])
    if not box.get("health"):
        fail(f"Error: has no defined healthcheck: container {box['id']}", 125)
    with store(write=True) as opened:
        opened.containers[box["id"]]["checked"] = True
    if healthy(box):
        return 0
    sys.stdout.write("unhealthy\n")
    return 1


def logs(argv: list[str]) -> int:
    """What a modelled container says."""
    spec = {"tail": int, "follow": bool, "since": str, "timestamps": bool, "names": bool}
    name = Flags("podman logs", spec, {"f": "follow", "t": "timestamps", "n": "names"}).parse(argv)[0]
    with store() as opened:
        box = opened.container(name) or fail(
            f'Error: no container with name or ID "{name}" found: no such container', 125
        )
    sys.stdout.write(f"modelled container of {box['image_name']}\n")
    return 0


def change(verb: str, argv: list[str]) -> int:
    """stop, start, kill, restart, rm, pause, unpause."""
    spec = {"force": bool, "all": bool, "time": int, "signal": str, "ignore": bool, "volumes": bool}
    flags = Flags(
        f"podman {verb}", spec, {"f": "force", "a": "all", "t": "time", "s": "signal", "i": "ignore", "v": "volumes"}
    )
    names = flags.parse(argv)
    with store(write=True) as opened:
        for name in [box["name"] for box in opened.containers.values()] if flags.get("all") else names:
            box = opened.container(name)
            if box is None and flags.get("ignore"):
                continue
            if box is None:
                fail(
                    f'Error: no container with ID or name "{name}" found: no such container', 1 if verb == "rm" else 125
                )
            if verb == "rm" and box["state"] == "running" and not flags.get("force"):
                fail(
                    f"Error: cannot remove container {box['id']} as it is running - "
                    "running or paused containers cannot be removed without force",
                    2,
                )
            guest_run.apply(opened, box["id"], verb)
            sys.stdout.write(f"{name}\n")
    return 0


def rename(argv: list[str]) -> int:
    """`podman rename OLD NEW`."""
    with store(write=True) as opened:
        box = opened.container(argv[0]) or fail(
            f'Error: no container with name or ID "{argv[0]}" found: no such container', 125
        )
        opened.containers[box["id"]]["name"] = argv[1]
    return 0


def exists(name: str) -> int:
    """Status 0 or 1."""
    with store() as opened:
        return 0 if opened.container(name) else 1
