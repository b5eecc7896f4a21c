"""The way into a Mac's virtual machine: one connection from the Mac, with the key and port podman itself names."""

import json
import select
import shlex
import subprocess
from typing import Any, Protocol

from carbon_fleet import assets
from carbon_fleet.verify.connection import Connection, Ran, end
from carbon_fleet.verify.lines import guest_command, here_command, mac_line
from carbon_fleet.verify.trouble import Closed

INSPECT_SECONDS = 15
OPEN_SECONDS = 30
START = "run `carbon-fleet apply LAB`, which starts it"


class Way(Protocol):
    """How a command gets to where containers run, as root."""

    def command(self, command: str, seconds: int) -> str:
        """The command on the host that runs `command` (POSIX sh) there."""
        ...

    def close(self) -> None:
        """End what is open."""
        ...


class Here:
    """The way on a host that runs its containers itself. Nothing is held open."""

    def __init__(self, connection: Connection, prefix: str) -> None:
        """See that root can be had. Raises `Closed`."""
        ran = connection.run(mac_line(here_command("true", INSPECT_SECONDS), INSPECT_SECONDS, prefix), INSPECT_SECONDS)
        if ran.status != 0:
            said = (ran.err.decode(errors="replace").strip().splitlines() or [f"status {ran.status}"])[-1]
            what, why = f"root cannot be had on this host: {said}", "containers are root's, and cannot be looked at"
            raise Closed("SUDO_ASKS", what, why, "`carbon-fleet apply LAB` names the line that sudoers lacks")

    def command(self, command: str, seconds: int) -> str:
        """See `Way`."""
        return here_command(command, seconds)

    def close(self) -> None:
        """Nothing is open."""


class Hop:
    """An open way into the virtual machine `name`. `socket` is a path on the Mac; it is gone once this is closed."""

    def __init__(self, connection: Connection, name: str, prefix: str) -> None:
        """Ask podman for the machine's key and port, and connect from the Mac. Raises `Closed`."""
        line = mac_line(shlex.join(["podman", "machine", "inspect", name]), INSPECT_SECONDS, prefix)
        identity, port = _way(connection.run(line, INSPECT_SECONDS), name)
        script = assets.text("verify/hop.sh")
        held = shlex.join(["/bin/sh", "-c", script, "sh", identity, str(port)])
        self._holder = connection.hold(shlex.join(["/bin/sh", "-c", held]))
        self.socket = self._socket(name)

    def command(self, command: str, seconds: int) -> str:
        """See `Way`."""
        return guest_command(command, seconds, self.socket)

    def close(self) -> None:
        """End the connection and remove its folder from the Mac."""
        end(self._holder, 5)

    def _socket(self, name: str) -> str:
        out = self._holder.stdout
        if out is not None and select.select([out], [], [], OPEN_SECONDS)[0]:
            socket = out.readline().decode().strip()
            if socket:
                return socket
        said = _last_words(self._holder)
        what = f"the virtual machine {name} runs, but its ssh does not let us in: {said}"
        why = "what is in it (guest, images, containers) cannot be looked at"
        remedy = f"look with `podman machine ssh {name}`; `podman machine stop {name}`, then {START}"
        raise Closed("MACHINE_CLOSED", what, why, remedy)


def _way(ran: Ran, name: str) -> tuple[str, int]:
    """The identity file and port in what `podman machine inspect` said."""
    if ran.status == 124:
        raise _closed(f"`podman machine inspect {name}` gives no answer within {INSPECT_SECONDS} s")
    if ran.status != 0:
        said = (ran.err.decode(errors="replace").strip().splitlines() or [f"status {ran.status}"])[-1]
        raise _closed(f"podman knows no machine {name} here: {said}", "MACHINE_ABSENT")
    try:
        found: dict[str, Any] = json.loads(ran.out)[0]
        state, ssh = found["State"], found["SSHConfig"]
        way = str(ssh["IdentityPath"]), int(ssh["Port"])
    except (ValueError, LookupError, TypeError) as error:
        raise _closed(f"`podman machine inspect {name}` said what is no machine: {error}") from error
    if state != "running":
        raise _closed(f"the virtual machine {name} is {state}", "MACHINE_STOPPED")
    return way


def _closed(what: str, code: str = "MACHINE_CLOSED") -> Closed:
    return Closed(code, what, "what is in it (guest, images, containers) cannot be looked at", START)


def _last_words(holder: "subprocess.Popen[bytes]") -> str:
    try:
        _, err = holder.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        end(holder, 0)
        return f"no answer within {OPEN_SECONDS} s"
    return (err.decode(errors="replace").strip().splitlines() or ["no reason given"])[-1]
