"""`podman machine rm`."""

from __future__ import annotations

import os
import sys

from . import connections, supervisor_line
from .disk import fail
from .flags import Flags, at_most
from .machine_init import release_port
from .machine_stop import stop
from .machine_store import Machine, everywhere, find
from .podman_env import Env
from .podman_machine import DEFAULT_NAME


def run(env: Env, _verb: str, argv: list[str]) -> int:
    """Remove a machine, its disk and its connections; asks unless -f."""
    flags = Flags("podman machine rm", {"force": bool, "save-ignition": bool, "save-image": bool}, {"f": "force"})
    names = at_most(1, flags.parse(argv))
    machine = find(env, names[0] if names else DEFAULT_NAME)
    running = machine.state() == "running"
    if running and not flags.get("force"):
        fail(f'Error: running vm "{machine.name}" cannot be destroyed', 125)
    everywhere(env)  # any file that cannot be read ends it here
    if not flags.get("force") and not _confirmed(_named(env, machine)):
        return 0
    if running:
        stop(env, machine, "HardStop")
    return _remove(env, machine, flags)


def _named(env: Env, machine: Machine) -> list[str]:
    """What podman names in its question: not the disk and the ignition file, which go as well."""
    beside = f"{env.run}/{machine.name}"
    return [machine.path, f"{beside}.sock", f"{beside}-gvproxy.sock", f"{beside}-api.sock", f"{beside}.log"]


def _confirmed(files: list[str]) -> bool:
    shown = "".join(f"{path}\n" for path in files)
    sys.stdout.write(f"The following files will be deleted:\n\n\n{shown}Are you sure you want to continue? [y/N] ")
    sys.stdout.flush()
    answer = sys.stdin.readline()
    if not answer:
        fail("Error: EOF", 125)
    return answer.strip().lower() in ("y", "yes")


def _remove(env: Env, machine: Machine, flags: Flags) -> int:
    """Remove all but the lock and the EFI variables, which podman leaves; a missing connection fails it afterwards."""
    disk = machine.data["ImagePath"]["Path"]
    gone = _named(env, machine)
    if not flags.get("save-ignition"):
        gone.append(machine.path.removesuffix(".json") + ".ign")
    if not flags.get("save-image"):
        gone.append(disk)
        _forget(disk)
    failure = connections.remove_machine(env, machine.name)
    release_port(env, machine.port)
    for path in gone:
        if os.path.lexists(path):
            os.unlink(path)
    if failure:
        fail(f"Error: failed to remove machines files: {failure}", 125)
    return 0


def _forget(disk: str) -> None:
    try:
        with open(disk, errors="replace") as raw:
            supervisor_line.ask(op="remove", disk=raw.read(64).split("\n")[0].partition(" ")[2])
    except FileNotFoundError:
        pass
