"""podman as Homebrew installs it: the remote client, with its `machine` and `system connection` verbs."""

from __future__ import annotations

import os
import sys

from . import connections, podman_remote
from .disk import fail, journal
from .flags import Flags, incomplete
from .podman_env import Env

_GLOBAL = {
    "connection": str,
    "url": str,
    "log-level": str,
    "identity": str,
    "version": bool,
    "remote": bool,
    "help": bool,
}


# `podman --help` of 5.4.2.
_COMMANDS = frozenset(
    """
    artifact attach auto-update build commit compose container cp create diff events exec export farm generate
    healthcheck help history image images import info init inspect kill kube load login logout logs machine manifest
    mount network pause pod port ps pull push rename restart rm rmi run save search secret start stats stop system tag
    top unmount unpause unshare untag update version volume wait
    """.split()
)


def main(argv: list[str]) -> int:
    """Run one podman command."""
    env = Env()
    flags = Flags("podman", _GLOBAL, {"c": "connection", "v": "version", "r": "remote"})
    rest = flags.parse(argv[1:], interspersed=False)
    journal(argv, connection=os.environ.get("CONTAINER_CONNECTION"))
    env.settings()  # every podman command reads its configuration first, and ends when it cannot
    if flags.get("version") or rest == ["--version"]:
        sys.stdout.write(f"podman version {env.version}\n")
        return 0
    if not rest:
        incomplete("podman", "Manage pods, containers and images")
    if rest[0] not in _COMMANDS:
        fail(f"Error: unrecognized command `podman {rest[0]}`\nTry 'podman --help' for more information", 125)
    if rest[0] == "machine":
        from . import podman_machine

        return podman_machine.main(env, rest[1:])
    if rest[:2] == ["system", "connection"]:
        return connections.main(env, rest[2:])
    if rest == ["version"]:
        sys.stdout.write(f"Client:       Podman Engine\nVersion:      {env.version}\nOS/Arch:      darwin/arm64\n")
        return 0
    return podman_remote.run(env, flags.get("connection"), rest)
