"""What stands in the way of a Podman machine, and is somebody else's to move."""

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from carbon_fleet.plan import Refusal
from carbon_fleet.snapshot import Unreadable
from operations.machine import connections as connections
from operations.machine.seen import MachineSeen, State


def refusals(seen: MachineSeen) -> Iterator[Refusal]:
    """Every reason to leave the machine alone. Raises `Unreadable` when podman gave no answer and nothing says why."""
    found = [*_files(seen), *connections.taken(seen), *_other(seen)]
    if seen.state is State.UNKNOWN and not any(refusal.code in FILES for refusal in found):
        found.append(_unknown(seen))
    yield from found


FILES = ("MACHINE_FOREIGN_FILE", "MACHINE_FILE_BROKEN")
CONFIGURATION = "Failed to obtain podman configuration"
"""How podman begins, with exit status 1, when a containers.conf is no TOML or is missing."""


def _files(seen: MachineSeen) -> Iterator[Refusal]:
    for path in seen.foreign:
        yield Refusal(
            f"machine.{seen.name}",
            "MACHINE_FOREIGN_FILE",
            f"`{path}` lies among podman's machines and is none",
            "podman reads every *.json there: this one makes its commands fail, or hides a machine",
            f"move it away: mv {shlex.quote(path)} ~/{shlex.quote(PurePosixPath(path).name)}",
        )
    if seen.broken:
        yield Refusal(
            f"machine.{seen.name}",
            "MACHINE_FILE_BROKEN",
            f"`{seen.broken}` cannot be read as a machine",
            "podman can neither start nor remove a machine whose file it cannot read; its disk may hold data",
            f"put the file back from a backup; or give the machine up: mv {shlex.quote(seen.broken)} ~/",
        )


def _other(seen: MachineSeen) -> Iterator[Refusal]:
    if seen.state is State.RUNNING:
        return
    for name in seen.processes.hypervisors:
        if name != seen.name:
            yield Refusal(
                f"machine.{seen.name}",
                "MACHINE_OTHER_RUNNING",
                f"another machine runs: `{name}` (process {seen.processes.hypervisors[name]})",
                "podman runs one virtual machine per user on a Mac, and somebody may be working in that one",
                f"if it may be stopped: podman machine stop {name}",
            )


def _unknown(seen: MachineSeen) -> Refusal:
    config = seen.config
    if CONFIGURATION in seen.failure:
        return Refusal(
            f"machine.{seen.name}",
            "MACHINE_CONFIGURATION_BROKEN",
            f"podman cannot read its own configuration: {seen.failure}",
            "every podman command ends there, whatever it was to do",
            "correct the file it names, or move it away; then run the same command again",
        )
    if config is None or seen.hypervisor is not None:
        raise Unreadable(f"machine: {seen.failure}")
    port = _port(config.endpoint)
    return Refusal(
        f"machine.{seen.name}",
        "MACHINE_ENDPOINT_TAKEN",
        f"a stranger answers, or keeps silent, at the machine's {config.endpoint or 'endpoint'}: {seen.failure}",
        "podman asks there whether the machine runs; until then no podman machine command works",
        f"see who it is with `lsof -nP -iTCP:{port} -sTCP:LISTEN`, end that program, and run the same command again",
    )


def _port(endpoint: str) -> str:
    try:
        return str(urlsplit(endpoint).port or "PORT")
    except ValueError:
        return "PORT"
