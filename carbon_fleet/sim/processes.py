"""What a VM needs to know of this machine's processes and ports."""

import os
import socket
import sys
from pathlib import Path


def keeper(plan: Path) -> list[str]:
    """Return the command of the keeper that runs the plan in this file."""
    return [sys.executable, "-m", "carbon_fleet.sim.keeper", str(plan)]


def greets(port: int) -> bool:
    """Whether an ssh server answers on 127.0.0.1:port."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def port_taken(port: int) -> str | None:
    """Return why nothing can listen on 127.0.0.1:port, None when something can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.strerror
    return None


def send(pid: int, number: int) -> None:
    """Send a signal; no error when the process has ended."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def arguments(pid: int) -> list[str]:
    """Return the argument list of a process, empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except OSError:
        return []


def children(pid: int) -> list[int]:
    """Return the ids of a process's children."""
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat") if _parent(path) == pid]


def _parent(stat: Path) -> int | None:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None
