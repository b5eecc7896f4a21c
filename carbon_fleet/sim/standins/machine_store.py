"""The machines on disk: one JSON each below the provider's directory (podman `pkg/machine/vmconfigs`)."""

from __future__ import annotations

import datetime
import json
import os
import socket
import sys

from .disk import fail, write_json
from .podman_env import PROVIDERS, Env

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ZERO_TIME = "0001-01-01T00:00:00Z"


class Machine:
    """One machine's JSON and where it lies."""

    def __init__(self, path: str, provider: str, data: dict[str, Any]) -> None:
        self.path = path
        self.provider = provider
        self.data = data
        self.name: str = data["Name"]

    def save(self) -> None:
        """Write it back, one line."""
        write_json(self.path, self.data)

    @property
    def endpoint(self) -> str:
        """Where its hypervisor listens: HOST:PORT."""
        if self.provider == "libkrun":
            return str(self.data["LibKrunHypervisor"]["KRun"]["Endpoint"]).removeprefix("http://")
        return str(self.data["AppleHypervisor"]["Vfkit"]["Endpoint"]).removeprefix("http://")

    @property
    def port(self) -> int:
        """The ssh port."""
        return int(self.data["SSH"]["Port"])

    def state(self) -> str:
        """running or stopped; anything else on the endpoint ends the program. There is no timeout: podman has none."""
        host, _, port = self.endpoint.partition(":")
        try:
            with socket.create_connection((host.replace("localhost", "127.0.0.1"), int(port))) as connection:
                connection.sendall(b"GET /vm/state HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = connection.makefile("rb").read().decode(errors="replace")
        except ConnectionError:
            return "stopped"
        body = answer.partition("\r\n\r\n")[2]
        try:
            running: bool = json.loads(body)["state"] == "VirtualMachineStateRunning"
        except (ValueError, KeyError, TypeError):
            fail(f"Error: invalid character {body[:1]!r} looking for beginning of value", 125)
        return "running" if running else "stopped"


def load(env: Env, provider: str) -> dict[str, Machine]:
    """Every machine of one provider. A *.json that is no JSON ends the program; one without Version is passed over."""
    directory = f"{env.config}/{provider}"
    found = {}
    for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else []:
        machine = _read(f"{directory}/{name}", provider) if name.endswith(".json") else None
        if machine is not None:
            found[machine.name] = machine
    return found


def _read(path: str, provider: str) -> Machine | None:
    """The machine in one file; None, and a line in podman's log, when the file says no version."""
    try:
        with open(path) as file:
            data = json.load(file)
        data = {} if data is None else data
        name = data.get("Name", "")
        with open(f"{os.path.dirname(path)}/{name}.lock", "a"):
            pass
        if not data.get("Version"):
            now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
            why = f'incompatible machine config \\"{path}\\" ({name}) for this version of Podman'
            sys.stderr.write(f'time="{now}" level=error msg="{why}"\n')
            return None
        machine = Machine(path, provider, data)
        machine.endpoint  # noqa: B018 - a document without one is not a machine
    except (ValueError, KeyError, TypeError, AttributeError):
        fail('Error: unable to load machine config file: "invalid character looking for beginning of value"', 125)
    return machine


def visible(env: Env) -> dict[str, Machine]:
    """The machines this version's verbs see: v6 those of all providers (libkrun wins a name), v5 the chosen one's."""
    if env.major < 6:
        return load(env, env.provider())
    return {**load(env, "applehv"), **load(env, "libkrun")}


def everywhere(env: Env) -> list[Machine]:
    """All machines of all providers (the exclusive-start check)."""
    return [machine for provider in PROVIDERS for machine in load(env, provider).values()]


def by_name(env: Env, name: str) -> Machine | None:
    """The machine `name`. podman 6 reads all files for it, podman 5 that machine's file alone."""
    if env.major >= 6:
        return visible(env).get(name)
    path = f"{env.config}/{env.provider()}/{name}.json"
    return _read(path, env.provider()) if os.path.exists(path) else None


def find(env: Env, name: str) -> Machine:
    """The machine `name`; ends the program when there is none."""
    machine = by_name(env, name)
    if machine is None:
        fail(f"Error: {name}: VM does not exist", 125)
    return machine
