"""Containers coming and going in the model: `podman run|create`, and what stop, kill, rm… do to one."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time

from . import guest_secrets
from .disk import fail
from .flags import Flags
from .guest_store import Store, store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SPEC: dict[str, type] = {
    "name": str,
    "detach": bool,
    "rm": bool,
    "replace": bool,
    "label": list,
    "label-file": list,
    "secret": list,
    "env": list,
    "volume": list,
    "device": list,
    "publish": list,
    "network": str,
    "health-cmd": str,
    "restart": str,
    "user": str,
    "interactive": bool,
    "tty": bool,
    "pull": str,
    "cap-drop": list,
    "cap-add": list,
    "security-opt": list,
    "entrypoint": str,
    "read-only": bool,
    "tmpfs": list,
    "cgroups": str,
    "sdnotify": str,
    "cidfile": str,
    "log-driver": str,
    "memory": str,
    "mount": list,
    "workdir": str,
    "timeout": int,
}
_SHORT = {
    "d": "detach",
    "l": "label",
    "e": "env",
    "v": "volume",
    "p": "publish",
    "u": "user",
    "i": "interactive",
    "t": "tty",
    "m": "memory",
    "w": "workdir",
}


def run(verb: str, argv: list[str]) -> int:
    """Create a container, running unless `create`; without -d it is over at once, or when its own program ends."""
    flags = Flags(f"podman {verb}", _SPEC, _SHORT)
    rest = flags.parse(argv, interspersed=False)
    wish = {
        "name": flags.get("name") or f"modelled_{secrets.token_hex(3)}",
        "image_name": rest[0],
        "command": rest[1:],
        "labels": dict(item.partition("=")[::2] for item in flags.get("label", [])),
        "env": flags.get("env", []),
        "volumes": flags.get("volume", []),
        "devices": flags.get("device", []),
        "secrets": flags.get("secret", []),
        "label_files": flags.get("label-file", []),
        "health": flags.get("health-cmd", ""),
        "remove": bool(flags.get("rm")),
        "published": [one for one in flags.get("publish", []) if ":" in one],
        "typed": ["podman", verb, *argv],
    }
    for device in wish["devices"]:
        if verb == "run" and device.startswith("/") and not os.path.exists(device):
            fail(f"Error: stat {device}: no such file or directory", 125)
    with store(write=True) as opened:
        key = create(opened, wish, pull=flags.get("pull", "missing"), replace=bool(flags.get("replace")))
        if verb == "create":
            opened.containers[key]["state"] = "created"
        elif not flags.get("detach") and not _has(wish):
            apply(opened, key, "stop")
    if verb == "run" and not flags.get("detach") and _has(wish):
        return _foreground(key, wish, flags.get("timeout"))
    sys.stdout.write(f"{key}\n")
    return 0


def _has(wish: dict[str, Any]) -> bool:
    """Whether the command is one the model runs: a stand-in of a container, or a line for its sh."""
    if wish["command"][:1] == ["prove"] and "vulkan-check" in wish["image_name"]:
        wish["command"] = ["vulkan-check", *wish["command"]]  # the image's entrypoint
    program = wish["command"][0] if wish["command"] else ""
    return program == "sh" or (program != "" and os.path.exists(f"/.sim/container/{program}"))


def _foreground(key: str, wish: dict[str, Any], seconds: int | None) -> int:
    """Run the command in the guest, in sight of the GPU when that was given; conmon ends it after `seconds`."""
    environment = {
        "PATH": "/.sim/container:/usr/bin:/bin",
        "container": "podman",
        **dict(item.partition("=")[::2] for item in wish["env"]),
        "SIM_CONTAINER": wish["name"],
        "SIM_VOLUMES": "\n".join(wish["volumes"]),
    }
    hide = [] if "/dev/dri" in wish["devices"] else ["--tmpfs", "/dev/dri"]
    sandbox = ["/.host/bin/bwrap", "--die-with-parent", "--dev-bind", "/", "/", *hide, "--", *wish["command"]]
    sys.stdout.flush()
    try:
        status = subprocess.run(sandbox, env=environment, stdin=subprocess.DEVNULL, timeout=seconds or None).returncode
    except subprocess.TimeoutExpired:
        status = 137
    with store(write=True) as opened:
        if key in opened.containers:
            apply(opened, key, "stop")
    return status if status >= 0 else 128 - status


def create(opened: Store, wish: dict[str, Any], *, pull: str, replace: bool) -> str:
    """Enter a running container made from `wish`; ends the program when its image cannot be had."""
    image = opened.image(wish["image_name"])
    if image is None:
        if pull == "never" or wish["image_name"].startswith("localhost/"):
            fail(f"Error: {wish['image_name']}: image not known", 125)
        opened.pulled(wish["image_name"])
        image = opened.image(wish["image_name"])
    old = opened.container(wish["name"])
    if old and not replace:
        fail(
            f'Error: creating container storage: the container name "{wish["name"]}" is already in use by '
            f"{old['id']}. You have to "
            "remove that container to be able to reuse that name: that name is already in use",
            125,
        )
    if old:
        del opened.containers[old["id"]]
    key = secrets.token_hex(32)
    assert image is not None
    labels = {**image["labels"], **_labels(wish.get("label_files", [])), **wish["labels"]}
    for secret in (option.partition(",")[0] for option in wish.get("secrets", [])):
        if guest_secrets.known(secret) is None:
            fail(f'Error: no secret with name or id "{secret}": no such secret', 125)
    _mounted(opened, wish.get("mounts", []))
    now = time.time()
    opened.containers[key] = {
        **wish,
        "labels": labels,
        "image": image["id"],
        "state": "running",
        "created": now,
        "started": now,
        "exit": 0,
    }
    return key


def _labels(files: list[str]) -> dict[str, str]:
    labels: dict[str, str] = {}
    for path in files:
        try:
            with open(path) as file:
                labels |= dict(line.rstrip("\n").partition("=")[::2] for line in file)
        except OSError:
            fail(f"Error: unable to process labels: open {path}: no such file or directory", 125)
    return labels


def apply(opened: Store, key: str, verb: str) -> None:
    """Change one container; one that runs with --rm is gone when it ends."""
    box = opened.containers[key]
    if verb in ("start", "restart"):
        box.update(state="running", started=time.time(), checked=False)
    elif verb == "rm":
        del opened.containers[key]
    elif box["state"] == "running" and verb in ("stop", "kill"):
        box.update(state="exited", exit=0 if verb == "stop" else 137)
        if box["remove"]:
            del opened.containers[key]


def _mounted(opened: Store, mounts: list[str]) -> None:
    """End the program where an image that is to be mounted is not there (podman 5.4's words)."""
    for mount in mounts:
        words = dict(word.partition("=")[::2] for word in mount.split(","))
        if words.get("type") == "image" and opened.image(words["source"]) is None:
            source = words["source"]
            fail(f'Error: creating image volume "{source}":"{words["destination"]}": {source}: image not known', 125)
