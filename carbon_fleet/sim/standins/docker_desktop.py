"""docker desktop start|stop|status: terms first, settings in memory while it runs, containers that restart.

Sources: docs.docker.com, «Install Docker Desktop on Mac» (it does not run before its terms are accepted), «docker
desktop start» and «stop». That a running one writes its settings over the file's is what people report who edit it.
"""

from __future__ import annotations

import os
import socket
import sys

from .disk import fail, read_json, write_json
from .engines import change, state, turn

SETTINGS = "/Users/lab/Library/Group Containers/group.com.docker/settings-store.json"
_RESTARTING = ("always", "unless-stopped")


def desktop(words: list[str], path: str) -> int:
    """Run one command; `path` is the engine's socket."""
    if words[:1] == ["start"]:
        _start(path)
    elif words[:1] == ["stop"]:
        _stop(path)
    elif words == ["status"]:
        said = "running" if os.path.exists(path) else "stopped"
        sys.stdout.write(f"Name                Value\nStatus              {said}\n")
    else:
        fail(f"docker: the simulation does not model `desktop {' '.join(words)}`", 64)
    return 0


def _start(path: str) -> None:
    if os.path.exists(path):
        return
    turn("start")
    settings = read_json(SETTINGS, {})
    if not settings.get("LicenseTermsVersion"):
        fail("context deadline exceeded")  # its window waits for somebody to accept
    containers = state("docker").get("containers", {})
    for container in containers.values():
        if container["restart"] in _RESTARTING and container["state"] == "exited":
            container["state"] = "running"
    change("docker", containers=containers, memory=settings)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path)


def _stop(path: str) -> None:
    if not os.path.exists(path):
        return
    turn("stop")
    containers = state("docker").get("containers", {})
    for container in containers.values():
        container["state"] = "exited"
    memory = state("docker").get("memory")
    if memory is not None:
        write_json(SETTINGS, memory, mode=0o600, indent=2)
    change("docker", containers=containers, memory=None)
    os.unlink(path)
