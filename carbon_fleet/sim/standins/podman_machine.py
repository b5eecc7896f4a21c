"""`podman machine VERB`."""

from __future__ import annotations

import os
from importlib import import_module

from .disk import fail
from .flags import incomplete
from .podman_env import Env

DEFAULT_NAME = "podman-machine-default"
_VERBS = {
    "init": "machine_init",
    "start": "machine_start",
    "stop": "machine_stop",
    "rm": "machine_rm",
    "set": "machine_set",
    "inspect": "machine_show",
    "list": "machine_show",
    "ls": "machine_show",
    "info": "machine_show",
    "ssh": "machine_ssh",
}


def main(env: Env, argv: list[str]) -> int:
    """Dispatch; as root, and with a provider that does not exist, every verb refuses."""
    if not argv:
        incomplete("podman machine", "Manage a virtual machine")
    verb = argv[0]
    if verb not in _VERBS:
        fail(
            f"Error: unrecognized command `podman machine {verb}`\nTry 'podman machine --help' for more information",
            125,
        )
    env.make_folders()
    if os.getuid() == 0:
        fail(f'Error: cannot run command "podman machine {verb}" as root', 125)
    status: int = import_module(f".{_VERBS[verb]}", __package__).run(env, verb, argv[1:])
    return status
