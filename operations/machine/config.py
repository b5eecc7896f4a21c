"""A machine's own file and podman's answer about it, as one Config.

Shapes: podman `pkg/machine/vmconfigs/config.go` (the file) and `pkg/machine/config.go` InspectInfo (the answer), 5 and
6.
"""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from carbon_fleet.snapshot import Block, Unreadable
from operations.machine.seen import Config, State

STATES = {"running": State.RUNNING, "stopped": State.STOPPED}
_HYPERVISORS = (f"{kind}hypervisor" for kind in ("apple", "hyperv", "libkrun", "qemu", "wsl"))
_OWN = (
    "created",
    "gvproxy",
    "hostuser",
    "lastup",
    "mounts",
    "name",
    "resources",
    "ssh",
    "version",
    "swap",
    "imagepath",
)
FIELDS = frozenset((*_OWN, *_HYPERVISORS, "starting", "rosetta", "ansible", "importnativeca"))
"""The keys of a machine's file as Go matches them: any case. One of the wrong kind makes podman stop reading."""
NEVER = "0001-01-01"
"""How Go writes a time that never was."""


def as_machine(content: bytes) -> Mapping[str, Any] | None:
    """What podman would read as a machine in this file, or None when it is no machine."""
    try:
        found = json.loads(content)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("Version") and isinstance(found.get("Name"), str) else None


def passed_over(content: bytes) -> bool:
    """Whether podman takes no notice of this file but for a line in its log: JSON with nothing of a machine in it.

    Seen of podman 5.4.2 (`tests/transcripts/podman-5.4.2/files-foreign.txt`), read in 6's `vmconfigs/machine.go`.
    """
    try:
        found = json.loads(content)
    except ValueError:
        return False
    return found is None or (isinstance(found, dict) and not FIELDS & {key.lower() for key in found})


def inspected(block: Block) -> Mapping[str, Any]:
    """The one machine in the answer of `podman machine inspect NAME`; `Unreadable` when it is none."""
    found = block.json()
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
        raise Unreadable("podman machine inspect: not a list of one machine", block.status, "\n".join(block.err))
    return found[0]


def state_of(answer: Mapping[str, Any]) -> State:
    """The state in podman's answer. `starting`, `unknown` and what may come are neither running nor stopped."""
    return STATES.get(str(answer.get("State", "")), State.BETWEEN)


def config_of(path: str, file: Mapping[str, Any], answer: Mapping[str, Any]) -> Config:
    """The Config in a machine's file, with podman's `answer` (empty when it gave none) laid over it.

    The provider is the folder the file lies in: the answer has none, and podman 6 puts the folder of the provider it
    was told into `ConfigDir`, whichever the machine has (`cmd/podman/machine/inspect.go`). Raises `Unreadable` where a
    value is not of its kind.
    """
    try:
        return _config(path, file, answer)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise Unreadable(f"machine: {path} is not in a shape known of podman 5 and 6: {error!r}") from error


def _config(path: str, file: Mapping[str, Any], answer: Mapping[str, Any]) -> Config:
    resources = {**file.get("Resources", {}), **(answer.get("Resources") or {})}
    ssh = {**file.get("SSH", {}), **(answer.get("SSHConfig") or {})}
    user = file.get("HostUser", {})
    return Config(
        provider=PurePosixPath(path).parent.name,
        cpus=int(resources["CPUs"]),
        memory_mib=_in(resources["Memory"], 2**20),
        disk_gib=_in(resources["DiskSize"], 2**30),
        rootful=bool(answer.get("Rootful", user.get("Rootful", False))),
        mounts=tuple(_mount(mount) for mount in file.get("Mounts") or ()),
        swap_mib=_in(file.get("Swap") or 0, 2**20),
        port=int(ssh.get("Port", 0)),
        identity=str(ssh.get("IdentityPath", "")),
        user=str(ssh.get("RemoteUsername", "core")),
        uid=int(user.get("UID", 501)),
        starting=bool(file.get("Starting", False)),
        ever_stopped=not str(file.get("LastUp", NEVER)).startswith(NEVER),
        created=str(file.get("Created", "")),
        endpoint=_endpoint(file),
    )


def _in(value: int | str, unit: int) -> int:
    """podman's inspect and files count in `unit`; its list writes the same things as strings of bytes."""
    return int(value) // unit if isinstance(value, str) else int(value)


def _mount(mount: Mapping[str, Any]) -> str:
    return f"{mount['Source']}:{mount['Target']}" + (":ro" if mount.get("ReadOnly") else "")


def _endpoint(file: Mapping[str, Any]) -> str:
    libkrun = (file.get("LibKrunHypervisor") or {}).get("KRun") or {}
    apple = (file.get("AppleHypervisor") or {}).get("Vfkit") or {}
    return str(libkrun.get("Endpoint") or apple.get("Endpoint") or "")
