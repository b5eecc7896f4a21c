"""`podman machine start`: gvproxy, then the hypervisor, then wait without end for the guest (`pkg/machine/shim`)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time

from . import connections
from .disk import fail
from .flags import Flags, at_most
from .krunkit_argv import krunkit_argv
from .machine_init import allocate_port
from .machine_store import Machine, everywhere, find
from .podman_env import HELPERS, Env
from .podman_machine import DEFAULT_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def run(env: Env, _verb: str, argv: list[str]) -> int:
    """Start a machine; 125 when it runs already."""
    spec: dict[str, type] = {"no-info": bool, "quiet": bool}
    if env.major >= 6:
        spec["update-connection"] = bool
    flags = Flags("podman machine start", spec, {"q": "quiet", "u": "update-connection"})
    names = at_most(1, flags.parse(argv))
    machine = find(env, names[0] if names else DEFAULT_NAME)
    if not flags.get("quiet"):
        sys.stdout.write(f'Starting machine "{machine.name}"\n')
        sys.stdout.flush()
    _check(env, machine)
    machine.data["Starting"] = True
    machine.save()
    try:
        _start(env, machine)
    finally:
        machine.data["Starting"] = False
        machine.save()
    if flags.get("update-connection"):
        connections.set_default(env, f"{machine.name}-root" if machine.data["HostUser"]["Rootful"] else machine.name)
    sys.stdout.write(f'Machine "{machine.name}" started successfully\n')
    return 0


def _check(env: Env, machine: Machine) -> None:
    connection = f"{machine.name}-root" if machine.data["HostUser"]["Rootful"] else machine.name
    if env.major >= 6 and connection not in connections.entries(env):
        fail(f'Error: connection "{connection}" not found', 125)
    with open(f"{env.data}/machine-start.lock", "a"):
        pass
    if machine.state() == "running":
        fail(f'Error: unable to start "{machine.name}": already running', 125)
    for other in everywhere(env):
        if other.path != machine.path and other.state() == "running":
            one = f"{other.name} already starting or running"
            alike = other.provider == machine.provider
            which, where = (f' "{machine.name}"', "") if alike else ("", f" on the {other.provider} provider")
            fail(f"Error: unable to start{which}: {one}{where}: only one VM can be active at a time", 125)


def _start(env: Env, machine: Machine) -> None:
    os.makedirs(env.run, exist_ok=True)
    _settle_port(env, machine)
    _gvproxy(env, machine)
    program = env.helper("krunkit" if machine.provider == "libkrun" else "vfkit")
    if program is None:
        name = "krunkit" if machine.provider == "libkrun" else "vfkit"
        _end_gvproxy(env)
        fail(f'Error: exec: "{name}": executable file not found in $PATH', 125)
    ready = f"{env.run}/{machine.name}.sock"
    if os.path.exists(ready):
        os.unlink(ready)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(ready)
        server.listen(1)
        _hypervisor(env, machine, program, server)
    _wait_for_ssh(machine)


def _settle_port(env: Env, machine: Machine) -> None:
    with socket.socket() as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", machine.port))
            return
        except OSError:
            pass
    machine.data["SSH"]["Port"] = allocate_port(env)
    machine.save()
    connections.move_port(env, machine.name, machine.port, machine.data["SSH"]["RemoteUsername"])


def _gvproxy(env: Env, machine: Machine) -> None:
    program = env.helper("gvproxy") or _no_helper("gvproxy")
    pid_file = f"{env.run}/gvproxy.pid"
    if os.path.exists(pid_file):
        os.unlink(pid_file)
    argv = [
        "-mtu",
        "1500",
        "-ssh-port",
        str(machine.port),
        "-listen-vfkit",
        f"unixgram://{env.run}/{machine.name}-gvproxy.sock",
    ]
    argv += [
        "-forward-sock",
        f"{env.run}/{machine.name}-api.sock",
        "-forward-identity",
        env.identity,
        "-pid-file",
        pid_file,
    ]
    _spawn(program, argv, {}, f"{env.run}/gvproxy.log")
    deadline = time.monotonic() + 10
    while not os.path.exists(pid_file):
        if time.monotonic() > deadline:
            fail("Error: gvproxy did not start", 125)
        time.sleep(0.01)


def _no_helper(name: str) -> NoReturn:
    places = " ".join(HELPERS)
    remedy = "set the helper_binaries_dir key in the `[engine]` section of containers.conf to the directory containing"
    why = f'could not find "{name}" in one of [{places}].  To resolve this error, {remedy} your helper binaries.'
    fail(f"Error: {why}", 125)


def _spawn(program: str, argv: list[str], more: dict[str, str], log: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "SIM_ARGV0": program, **more}
    quiet = subprocess.DEVNULL
    with open(log, "a") as said:
        return subprocess.Popen(
            [program, *argv], stdin=quiet, stdout=quiet, stderr=said, env=environment, start_new_session=True, cwd="/"
        )


def _hypervisor(env: Env, machine: Machine, program: str, server: socket.socket) -> None:
    more = {"SIM_PROVIDER": machine.provider, "SIM_MACHINE_CONFIG": os.path.dirname(machine.path)}
    with open(f"{env.data}/{machine.provider}/efi-bl-{machine.name}", "a"):
        pass  # the hypervisor makes it at the first start: createVariableStore
    child = _spawn(program, krunkit_argv(env, machine), more, f"{env.run}/{machine.name}.log")
    server.settimeout(0.05)
    while True:  # no deadline: podman has none
        try:
            server.accept()[0].close()
            return
        except TimeoutError:
            status = child.poll()
        if status is not None:
            _end_gvproxy(env)
            name = program.rpartition("/")[2]
            died = (
                f"exit code {status}" if status >= 0 else f"terminated by signal: {signal.strsignal(-status)}".lower()
            )
            fail(f"Error: {name} exited unexpectedly with {died}", 125)


def _end_gvproxy(env: Env) -> None:
    with open(f"{env.run}/gvproxy.pid") as file:
        os.kill(int(file.read()), signal.SIGTERM)
    os.unlink(f"{env.run}/gvproxy.pid")


def _wait_for_ssh(machine: Machine) -> None:
    pause = 0.5
    for _ in range(6):
        try:
            with socket.create_connection(("127.0.0.1", machine.port), 10) as connection:
                if connection.recv(4) == b"SSH-":
                    return
        except OSError:
            pass
        time.sleep(pause)
        pause *= 1.5
    fail(f'Error: machine "{machine.name}" did not transition into running state: ssh error', 125)
