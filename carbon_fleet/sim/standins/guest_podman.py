"""podman inside the modelled guest: state only, in the documented shapes."""

from __future__ import annotations

import json
import sys

from . import guest_build, guest_containers, guest_images, guest_ps, guest_run, guest_secrets, guest_volumes
from .disk import fail, journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = "6.1.1"
_CHANGES = ("stop", "start", "kill", "restart", "rm")
_VERBS: dict[str, Callable[[list[str]], int]] = {
    "images": guest_images.listed,
    "rmi": guest_images.remove,
    "tag": guest_images.tag,
    "pull": guest_images.pull,
    "build": guest_build.build,
    "ps": guest_ps.listed,
    "inspect": guest_containers.inspect,
    "exec": guest_containers.execute,
    "logs": guest_containers.logs,
    "rename": guest_containers.rename,
    "volume": guest_volumes.main,
    "secret": guest_secrets.main,
}
_IMAGE: dict[str, Callable[[list[str]], int]] = {
    "ls": guest_images.listed,
    "list": guest_images.listed,
    "exists": guest_images.exists,
    "rm": guest_images.remove,
    "tag": guest_images.tag,
    "prune": guest_images.prune,
    "pull": guest_images.pull,
    "build": guest_build.build,
    "inspect": lambda argv: guest_containers.inspect(argv, "image"),
}
_CONTAINER: dict[str, Callable[[list[str]], int]] = {
    "ls": guest_ps.listed,
    "list": guest_ps.listed,
    "exec": guest_containers.execute,
    "logs": guest_containers.logs,
    "inspect": lambda argv: guest_containers.inspect(argv, "container"),
    "rename": guest_containers.rename,
}


def main(argv: list[str]) -> int:
    """Run one podman command."""
    journal(["guest", "podman", *argv[1:]])
    args = argv[1:]
    while args and args[0] in ("--remote=false", "--log-level=error"):
        args.pop(0)
    if not args:
        fail("Error: missing command 'podman COMMAND'", 125)
    if args[0] in ("--version", "-v", "version"):
        sys.stdout.write(f"podman version {VERSION}\n")
        return 0
    return _dispatch(args[0], args[1:])


def _dispatch(verb: str, rest: list[str]) -> int:
    if verb in ("image", "container") and rest:
        table = _IMAGE if verb == "image" else _CONTAINER
        if verb == "container" and rest[0] == "exists":
            return guest_containers.exists(rest[1])
        if verb == "container" and rest[0] in _CHANGES:
            return guest_containers.change(rest[0], rest[1:])
        return table[rest[0]](rest[1:]) if rest[0] in table else _unknown(f"{verb} {rest[0]}")
    if verb in _VERBS:
        return _VERBS[verb](rest)
    if verb in _CHANGES:
        return guest_containers.change(verb, rest)
    if verb in ("run", "create"):
        return guest_run.run(verb, rest)
    if verb == "healthcheck":
        return guest_containers.healthcheck(rest)
    if verb == "info":
        sys.stdout.write(
            json.dumps({"host": {"os": "linux", "arch": "arm64"}, "version": {"Version": VERSION}}, indent=2) + "\n"
        )
        return 0
    return _unknown(verb)


def _unknown(verb: str) -> int:
    return fail(f"Error: unrecognized command `podman {verb}` (the modelled guest does not know it)", 125)
