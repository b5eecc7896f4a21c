"""docker's containers as they stop and start, and programs in them over what is really in a volume.

Sources: docs.docker.com/reference/cli/docker/container/{inspect,update,stop,start,exec,run}. «Start containers
automatically»: one that is stopped by hand comes back with the daemon where its policy is `always`, not with `no`.
"""

from __future__ import annotations

import os
import sys

from .disk import fail
from .docker_store import folder
from .engines import change, images, state, unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

MOUNTS = '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{.Destination}}{{println}}{{end}}{{end}}'
HEALTH = "{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}"
POLICY = "{{.HostConfig.RestartPolicy.Name}}"
_PROGRAMS = ("/.host/bin", "/.host/sbin")


def do(verb: str, words: list[str]) -> int:
    """One of `inspect --format FORMAT`, `update --restart POLICY`, `stop`, `start`, `exec`, of one container."""
    known: dict[str, Any] = state("docker").get("containers", {})
    name = words[0] if verb == "exec" else words[-1]
    if name not in known:
        fail(f"Error response from daemon: No such container: {name}")
    one = known[name]
    if verb == "inspect":
        sys.stdout.write(_told(words, one) + "\n")
    elif verb == "exec":
        if one["state"] != "running":
            fail(f"Error response from daemon: container {name} is not running")
        within({folder(volume): (place, False) for volume, place in one.get("mounts", {}).items()}, words[1:])
    else:
        if verb == "update":
            one["restart"] = words[words.index("--restart") + 1]
        else:
            one["state"] = "running" if verb == "start" else "exited"
        change("docker", containers={**known, name: one})
        sys.stdout.write(f"{name}\n")
    return 0


def _told(words: list[str], one: dict[str, Any]) -> str:
    form = words[words.index("--format") + 1]
    if form == MOUNTS:
        return "".join(f"{name} {place}\n" for name, place in one.get("mounts", {}).items())
    if form == POLICY:
        return str(one["restart"])
    if form != HEALTH:
        unknown("docker", ["inspect", *words])
    return str(one["health"] if one["health"] and one["state"] == "running" else one["state"])


def tool(words: list[str]) -> NoReturn:
    """`run --rm --interactive --name NAME --network none --volume VOLUME:PLACE[:ro] IMAGE PROGRAM…`.

    A missing volume is made.
    """
    if words[2] != "--name" or words[4:7] != ["--network", "none", "--volume"]:
        unknown("docker", ["run", *words])
    words = words[2:]
    volume, place, *how = words[5].split(":")
    if words[6] not in images("docker"):
        change("docker", images={**images("docker"), words[6]: ""})
    if volume not in state("docker").get("volumes", {}):
        os.makedirs(folder(volume), exist_ok=True)
        change("docker", volumes={volume: "", **state("docker").get("volumes", {})})
    within({folder(volume): (place, how == ["ro"])}, words[7:])


def within(mounts: dict[str, tuple[str, bool]], argv: list[str]) -> NoReturn:
    """Run a program as root of a Linux of its own, these folders at their places: this machine's own programs."""
    command = ["/.host/bin/bwrap", "--die-with-parent", "--unshare-user", "--uid", "0", "--gid", "0", "--tmpfs", "/"]
    for place, found in zip(("/usr/bin", "/usr/sbin"), _PROGRAMS, strict=True):
        command += ["--ro-bind", found, place]
    for path in ("/usr/lib", "/usr/lib64", "/usr/libexec", "/usr/share", "/etc/ld.so.cache", "/etc/alternatives"):
        if os.path.exists(path):
            command += ["--ro-bind", path, path]
    for link in ("bin", "sbin", "lib", "lib64"):
        command += ["--symlink", f"usr/{link}", f"/{link}"]
    command += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
    for source, (place, read_only) in mounts.items():
        command += ["--ro-bind" if read_only else "--bind", source, place]
    sys.stdout.flush()
    environment = {"PATH": "/usr/sbin:/usr/bin", "HOME": "/root"}
    os.execve(command[0], [*command, "--", *argv], environment)
