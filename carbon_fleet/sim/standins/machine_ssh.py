"""`podman machine ssh`: native ssh, host keys unchecked, the remote status passed through (podman `pkg/machine`)."""

from __future__ import annotations

import os
import sys

from .disk import fail
from .flags import Flags
from .machine_store import by_name, visible
from .podman_env import Env
from .podman_machine import DEFAULT_NAME

OPTIONS = ["-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
           "-o", "CheckHostIP=no", "-o", "LogLevel=ERROR", "-o", "SetEnv=LC_ALL="]  # fmt: skip


def run(env: Env, _verb: str, argv: list[str]) -> int:
    """Run a command in the guest; a first word that is no machine's name is a command on the default machine."""
    flags = Flags("podman machine ssh", {"username": str})
    rest = flags.parse(argv, interspersed=False)
    name = rest.pop(0) if rest and rest[0] in visible(env) else DEFAULT_NAME
    machine = by_name(env, name)
    if machine is None:
        before = f"vm {name} not found: " if env.major < 6 else ""
        fail(f"Error: {before}{name}: VM does not exist", 125)
    if machine.state() != "running":
        fail(f'Error: vm "{name}" is not running', 125)
    own = machine.data["SSH"]["RemoteUsername"]  # podman 5 enters a rootful machine as core, too
    user = flags.get("username") or ("root" if env.major >= 6 and machine.data["HostUser"]["Rootful"] else own)
    argv = ["ssh", "-i", env.identity, "-p", str(machine.port), f"{user}@localhost", *OPTIONS, *rest]
    sys.stdout.flush()
    os.execv("/usr/bin/ssh", argv)
