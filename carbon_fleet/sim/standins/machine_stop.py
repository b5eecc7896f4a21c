"""`podman machine stop`: returns early when the endpoint is silent, so never cleans up after a crash (§3.7)."""

from __future__ import annotations

import datetime
import os
import signal
import socket
import sys
import time

from .disk import fail
from .flags import Flags, at_most
from .machine_store import Machine, find
from .podman_env import Env
from .podman_machine import DEFAULT_NAME


def run(env: Env, _verb: str, argv: list[str]) -> int:
    """Stop a machine; success when it is stopped already."""
    names = at_most(1, Flags("podman machine stop", {}).parse(argv))
    machine = find(env, names[0] if names else DEFAULT_NAME)
    stop(env, machine, "Stop")
    sys.stdout.write(f'Machine "{machine.name}" stopped successfully\n')
    return 0


def stop(env: Env, machine: Machine, how: str) -> None:
    """Stop or HardStop; ends gvproxy through the pid file of this very TMPDIR."""
    if machine.state() == "stopped":
        return
    host, _, port = machine.endpoint.partition(":")
    with socket.create_connection((host.replace("localhost", "127.0.0.1"), int(port)), 10) as connection:
        body = f'{{"state":"{how}"}}'
        request = f"POST /vm/state HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        connection.sendall(request.encode())
        connection.recv(256)
    deadline = time.monotonic() + 90
    while machine.state() == "running":
        if time.monotonic() > deadline:
            fail(f'Error: unable to stop "{machine.name}": timed out', 125)
        time.sleep(0.02)
    machine.data["LastUp"] = datetime.datetime.now().astimezone().isoformat()
    machine.save()
    end_gvproxy(env)


def end_gvproxy(env: Env) -> None:
    """A missing pid file is ignored, one that names a dead process is an error."""
    path = f"{env.run}/gvproxy.pid"
    if not os.path.exists(path):
        return
    with open(path) as file:
        pid = int(file.read())
    try:
        os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        fail(f"Error: unable to clean up gvproxy: looking up PID {pid}: no such process", 125)
    os.unlink(path)
