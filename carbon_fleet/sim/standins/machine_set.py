"""`podman machine set`: only the flags given, only when stopped, and the disk only grows (podman-machine-set(1))."""

from __future__ import annotations

import os

from . import connections
from .disk import facts, fail
from .flags import Flags, at_most
from .machine_init import check_resources
from .machine_store import Machine, find
from .podman_env import Env
from .podman_machine import DEFAULT_NAME

_SPEC: dict[str, type] = {
    "cpus": int, "memory": int, "disk-size": int, "rootful": bool, "user-mode-networking": bool, "usb": list,
}  # fmt: skip


def run(env: Env, _verb: str, argv: list[str]) -> int:
    """Change a stopped machine's settings."""
    spec = {**_SPEC, "import-native-ca": bool} if env.major >= 6 else _SPEC
    flags = Flags("podman machine set", spec, {"m": "memory"})
    names = at_most(1, flags.parse(argv))
    machine = find(env, names[0] if names else DEFAULT_NAME)
    check_resources(env, facts(), flags.get("cpus"), flags.get("memory"))
    wanted, now = flags.get("disk-size"), machine.data["Resources"]["DiskSize"]
    if wanted is not None and wanted <= now:
        fail(f"Error: new disk size must be larger than {now} GB", 125)
    if machine.state() == "running":
        fail("Error: unable to change settings unless vm is stopped", 125)
    _grow(machine, wanted)
    if "usb" in flags.given:  # podman says applehv for libkrun, too (pkg/machine/apple/apple.go)
        fail("Error: changing USBs not supported for applehv machines", 125)
    resources = machine.data["Resources"]
    resources["CPUs"] = flags.get("cpus", resources["CPUs"])
    resources["Memory"] = flags.get("memory", resources["Memory"])
    if "import-native-ca" in flags.given:
        machine.data["ImportNativeCA"] = flags.get("import-native-ca")
    if "rootful" in flags.given:
        _rootful(env, machine, bool(flags.get("rootful")))
    machine.save()
    return 0


def _grow(machine: Machine, wanted: int | None) -> None:
    if wanted is None:
        return
    os.truncate(machine.data["ImagePath"]["Path"], wanted * 1024**3)
    machine.data["Resources"]["DiskSize"] = wanted


def _rootful(env: Env, machine: Machine, rootful: bool) -> None:
    user = machine.data["HostUser"]
    if user["Rootful"] == rootful:
        return
    user["Rootful"] = rootful
    user["HostUserModified"] = True
    pair = (machine.name, f"{machine.name}-root")
    if connections.default(env) in pair:
        connections.set_default(env, pair[rootful])
