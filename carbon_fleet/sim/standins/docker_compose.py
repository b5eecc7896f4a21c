"""docker compose up of one service, as docs.docker.com/reference/cli/docker/compose/up says it."""

from __future__ import annotations

import hashlib
import json
import os
import sys

from .disk import fail
from .engines import change, images, state, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def compose(words: list[str]) -> int:
    """`--file FILE up --detach … SERVICE`, or `--remove-orphans` and all services."""
    if words[:1] != ["--file"] or words[2:3] != ["up"]:
        unknown("docker", ["compose", *words])
    with open(words[1]) as file:
        text = "".join(line for line in file if not line.startswith("#"))
    whole = json.loads(text.replace("$$", "$"))
    if "--remove-orphans" in words:
        return _all(whole, os.path.dirname(words[1]))
    name = words[-1]
    if name not in whole["services"]:
        fail(f"no such service: {name}")
    for volume in whole.get("volumes", {}):
        if volume not in state("docker").get("volumes", {}):
            fail(f'external volume "{volume}" not found')
    _up(whole, whole["services"][name], os.path.dirname(words[1]), "--force-recreate" in words)
    return 0


def _all(whole: dict[str, Any], folder: str) -> int:
    """`up --remove-orphans`: containers of the project that the file does not name go, then every service."""
    mine = {each["container_name"] for each in whole["services"].values()}
    known = state("docker").get("containers", {})
    left = {name: one for name, one in known.items() if one.get("project") != whole["name"] or name in mine}
    change("docker", containers=left)
    for service in whole["services"].values():
        _up(whole, service, folder, anew=False)
    return 0


def _up(whole: dict[str, Any], service: dict[str, Any], folder: str, anew: bool) -> None:
    container = service["container_name"]
    if service["image"] not in images("docker"):
        if service["pull_policy"] == "never":
            fail(f"Error response from daemon: No such image: {service['image']}")
        change("docker", images={**images("docker"), service["image"]: ""})
    labels = {**service["labels"], **dict(_pairs(folder, service.get("label_file", [])))}
    environment = {**dict(_pairs(folder, service.get("env_file", []))), **service.get("environment", {})}
    for secret in service.get("secrets", []):
        if not os.path.exists(os.path.join(folder, whole["secrets"][secret["source"]]["file"])):
            fail('Error response from daemon: invalid mount config for type "bind": bind source path does not exist')
    made = {"labels": labels, "image": service["image"], "env": environment, "restart": service["restart"]}
    made["project"] = whole["name"]
    made["hash"] = hashlib.sha256(json.dumps([service, labels, environment], sort_keys=True).encode()).hexdigest()
    made["state"], made["health"] = "running", "healthy" if "healthcheck" in service else ""
    made["binds"] = list(_binds(service))
    mounts = {each["source"]: each["target"] for each in service.get("volumes", []) if each["type"] == "volume"}
    made["volumes"], made["mounts"] = list(mounts), mounts
    _put(container, made, anew)


def _binds(service: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Those of the Mac: one that is not there is made, a folder, unless the file says otherwise (Engine API, Mount)."""
    for each in service.get("volumes", []):
        if each["type"] == "bind":
            if each["bind"]["create_host_path"]:
                os.makedirs(each["source"], exist_ok=True)
            elif not os.path.exists(each["source"]):
                fail(
                    'Error response from daemon: invalid mount config for type "bind": bind source path does not exist'
                )
            yield each["source"], each["target"], "ro" if each.get("read_only") else ""


def _put(name: str, made: dict[str, Any], anew: bool) -> None:
    containers = state("docker").get("containers", {})
    before = containers.get(name)
    if before is not None and before.get("project") != made["project"]:
        fail(f'Error response from daemon: Conflict. The container name "/{name}" is already in use by container')
    if before is not None and before["hash"] == made["hash"] and not anew:
        before["state"] = "running"
        if before["health"] == "unhealthy":
            fail(f"container {name} is unhealthy")
        made = before
    ill = bool(made["health"]) and made["image"].endswith(":ill")
    made["health"] = "unhealthy" if ill else made["health"]
    change("docker", containers={**containers, name: made})
    if ill:
        fail(f"container {name} is unhealthy")
    sys.stderr.write(f" Container {name}  Started\n")


def _pairs(folder: str, files: list[Any]) -> list[tuple[str, str]]:
    found = []
    for each in files:
        path = os.path.join(folder, each if isinstance(each, str) else each["path"])
        if not os.path.exists(path):
            fail(f"env file {path} not found: stat {path}: no such file or directory")
        with open(path) as file:
            found += [line.rstrip("\n").partition("=")[::2] for line in file if "=" in line]
    return found
