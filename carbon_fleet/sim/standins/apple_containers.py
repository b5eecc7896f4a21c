"""Apple's container's containers, as state: nothing in them runs, nothing listens, and nothing restarts them.

`ContainersService.swift`, `ContainerStart.swift` (attached, it ends as the container does; it attaches to none that
runs; a signal goes to the container's process), `ContainerExec.swift`, `ContainerList.swift`, `ManagedContainer.swift`.
A volume is a disk: a second container that runs cannot have it (apple/container issue 1133). `exec` runs nothing: it
tells whether the container does its work, which it does unless its image's tag is `ill`, or a test said otherwise. Only
a container of `run --rm --volume …` runs its program, with this machine's own programs over a folder for the volume.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from . import apple_options as options
from .apple_store import make
from .apple_system import KERNEL
from .apple_words import changing, compact, known, pretty, refuse, wrong
from .docker_containers import within
from .engines import change, images

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

TERMINATED = 143


def create(words: list[str]) -> None:
    """`create OPTIONS IMAGE ARGUMENTS`."""
    found, (image, *arguments) = options.options(words)
    name = found["--name"][0]
    if image not in images("apple"):
        if image.startswith("localhost/"):
            wrong("internalError", f"HTTP request to http://localhost/v2/ for {image} failed")
        change("apple", images={**images("apple"), image: ""})
    if not os.path.exists(KERNEL):
        wrong("notFound", f"default kernel not found at {KERNEL}")
    made: dict[str, Any] = {
        "image": image,
        "labels": dict(one.split("=", 1) for one in found["--label"]),
        "environment": options.environment(found),
        "mounts": options.mounts(found),
        "ports": options.ports(found),
        "arguments": [*found["--entrypoint"], *arguments],
        "user": found["--user"],
        "memory": options.memory(found),
        "readOnly": "--read-only" in found,
        "capAdd": found["--cap-add"],
        "capDrop": found["--cap-drop"],
        "networks": found["--network"],
        "state": "stopped",
        "health": "unhealthy" if image.endswith(":ill") else "healthy",
    }
    with changing() as state:
        if name in state["containers"]:
            wrong("exists", f"container already exists: {name}")
        for mount in made["mounts"]:
            if "volume" in mount["type"] and mount["source"] not in state["volumes"]:
                state["volumes"][mount["source"]] = {}
                make(mount["source"])
        state["containers"][name] = made
    sys.stdout.write(f"{name}\n")


def tool(words: list[str]) -> NoReturn:
    """`run --rm --name NAME … --volume SOURCE:PLACE[:ro] … IMAGE PROGRAM…`: a program over what really is in a volume.

    A volume that another container runs with is not given to it (issue 1133); one that is not there is made.
    """
    rest, shown = words[1:], dict[str, tuple[str, bool]]()
    found = {"--name": "", "--progress": "", "--network": "", "--volume": ""}
    while rest[0] in found:
        if rest[0] == "--volume":
            source, place, *how = rest[1].split(":")
            if "/" not in source:
                _free(source)
            shown[source if "/" in source else make(source)] = (place, how == ["ro"])
        rest = rest[2:]
    if rest[0].startswith("-"):
        refuse(f"Unknown option '{rest[0]}'", 64)
    if rest[0] not in images("apple"):
        change("apple", images={**images("apple"), rest[0]: ""})
    within(shown, rest[1:])


def _free(volume: str) -> None:
    for other, each in known()["containers"].items():
        if each["state"] == "running" and volume in (mount["source"] for mount in each["mounts"]):
            cause = 'Error Domain=VZErrorDomain Code=2 "The storage device attachment is invalid."'
            refuse(f'internalError: "failed to bootstrap container" (cause: "unknown: {cause} ({other})")')


def start(words: list[str]) -> int:
    """`start [--attach] NAME`."""
    name, attach = words[-1], "--attach" in words
    with changing() as state:
        one = state["containers"].get(name)
        if one is None:
            wrong("notFound", f"get failed: container {name} not found")
        if one["state"] == "running":
            if attach:
                wrong("invalidArgument", "attach is currently unsupported on already running containers")
        else:
            _boot(name, one, state)
        run = one["run"]
    if not attach:
        sys.stdout.write(f"{name}\n")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: _end(name))
    while (now := known()["containers"].get(name)) and now["state"] == "running" and now["run"] == run:
        time.sleep(0.3)
    return int(now.get("exit", TERMINATED)) if now else TERMINATED


def _boot(name: str, one: dict[str, Any], state: dict[str, Any]) -> None:
    for mount in one["mounts"]:
        if "virtiofs" in mount["type"] and not os.path.exists(mount["source"]):
            wrong("invalidState", f"mount source path '{mount['source']}' does not exist")
        holders = [
            other
            for other, each in state["containers"].items()
            if each["state"] == "running" and mount["source"] in (held["source"] for held in each["mounts"])
        ]
        if "volume" in mount["type"] and holders:
            cause = 'Error Domain=VZErrorDomain Code=2 "The storage device attachment is invalid."'
            refuse(f'internalError: "failed to bootstrap container" (cause: "unknown: "{cause}"")')
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    one.update({"state": "running", "began": began, "run": one.get("run", 0) + 1})
    one.pop("exit", None)


def _end(name: str) -> None:
    with changing() as state:
        if name in state["containers"]:
            state["containers"][name]["state"] = "stopped"


def stop(words: list[str]) -> None:
    """`stop [--time N] NAME`."""
    if words[-1] not in known()["containers"]:
        wrong("notFound", f"container with ID {words[-1]} not found")
    _end(words[-1])
    sys.stdout.write(f"{words[-1]}\n")


def delete(words: list[str]) -> None:
    """`delete [--force] NAME`."""
    name = words[-1]
    with changing() as state:
        if name not in state["containers"]:
            wrong("notFound", f"container with ID {name} not found")
        if state["containers"][name]["state"] == "running" and not {"--force", "-f"} & {*words}:
            wrong("invalidState", f"container {name} is running and can not be deleted")
        del state["containers"][name]
    sys.stdout.write(f"{name}\n")


def exec(words: list[str]) -> int:
    """`exec NAME WORDS`."""
    one = known()["containers"].get(words[0])
    if one is None:
        wrong("notFound", f"get failed: container {words[0]} not found")
    if one["state"] != "running":
        wrong("invalidState", f"container {words[0]} is not running")
    return 0 if one["health"] == "healthy" else 1


def logs(words: list[str]) -> None:
    """Nothing in it ran, so it said nothing."""


def inspect(words: list[str]) -> None:
    """`inspect NAME`."""
    one = known()["containers"].get(words[-1])
    if one is None:
        wrong("notFound", f"container not found: {words[-1]}")
    sys.stdout.write(pretty([_told(words[-1], one)]))


def listed(words: list[str]) -> None:
    """`list [--all] [--quiet | --format json]`."""
    every = {"--all", "-a"} & {*words}
    found = {name: one for name, one in known()["containers"].items() if every or one["state"] == "running"}
    if "json" in words:
        sys.stdout.write(compact([_told(*one) for one in found.items()]))
    elif "--quiet" in words:
        sys.stdout.write("".join(f"{name}\n" for name in found))
    else:
        rows = [f"{name}  {one['image']}  linux  arm64  {one['state']}\n" for name, one in found.items()]
        sys.stdout.write("ID  IMAGE  OS  ARCH  STATE  IP  CPUS  MEMORY  STARTED\n" + "".join(rows))


def _told(name: str, one: dict[str, Any]) -> dict[str, Any]:
    status = {"networks": [], "state": one["state"]}
    if one["state"] == "running":
        status["startedDate"] = one["began"]
    executable, *arguments = one["arguments"] or ["/bin/sh"]
    configuration = {
        "id": name,
        "image": {"reference": one["image"], "descriptor": {"digest": f"sha256:{'0' * 64}", "size": 1}},
        "labels": one["labels"],
        "mounts": one["mounts"],
        "publishedPorts": one["ports"],
        "initProcess": {"executable": executable, "arguments": arguments, "environment": one["environment"]},
        "resources": {"cpus": 4, "memoryInBytes": one["memory"]},
        "readOnly": one["readOnly"],
        "capAdd": one["capAdd"],
        "capDrop": one["capDrop"],
        "creationDate": "2026-11-30T12:00:00Z",
    }
    return {"configuration": configuration, "id": name, "status": status}
