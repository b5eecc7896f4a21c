"""Bringing a lab up and taking it down."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from carbon_fleet.sim import keys, linux_host
from carbon_fleet.sim.itself import install
from carbon_fleet.sim.jsonlines import ask
from carbon_fleet.sim.labfile import write_lab_file
from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.process import start_time
from carbon_fleet.sim.requirements import check_machine
from carbon_fleet.sim.simmac import SimMac
from carbon_fleet.sim.state import Description, LabState, MacAddress, SimError

UP_SECONDS = 120
REAL_UP_SECONDS = 1800
"""The first lab with real VMs makes the guest's system and fetches what its mirror serves."""


def supervisor_pid(state: LabState) -> int | None:
    """The process that runs the lab, when it lives."""
    try:
        pid, started = state.pid_file.read_text().split()
    except (FileNotFoundError, ValueError):
        return None
    return int(pid) if start_time(int(pid)) == started else None


def bring_up(state: LabState, macs: int, vm: str, shell: str, *, itself: bool = False, linux: int = 0) -> bool:
    """Make the lab run. False when it ran already. A lab whose supervisor died comes up again with its disks."""
    check_machine()
    known = state.describe() if state.description_file.exists() else None
    if known and (len(known.macs), known.vm, known.shell, len(known.linux)) != (macs, vm, shell, linux):
        is_now = f"{len(known.macs)} Macs, {known.vm} VMs, {known.shell}, {len(known.linux)} Linux hosts"
        raise SimError(f"lab {state.lab!r} is there with {is_now}: run `carbon-fleet sim down --lab {state.lab}` first")
    if supervisor_pid(state):
        return False
    description = known or replace(_describe(state, macs, vm, shell, linux), itself=itself)
    state.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    controller = keys.make_key(state.key, f"carbon-fleet-sim {state.lab}")
    lines = [SimMac(state, mac).make(controller) for mac in description.macs]
    if description.itself:
        for mac in description.macs:
            install(SimMac(state, mac).root)
    for one in description.linux:
        lines.append(keys.known_hosts_line(one.host, one.port, linux_host.host_key(state, one.name)))
    state.known_hosts.write_text("".join(lines))
    state.write_description(description)
    _start_supervisor(state, UP_SECONDS if vm == "modelled" and not linux else REAL_UP_SECONDS)
    write_lab_file(state, description)
    return True


def _describe(state: LabState, macs: int, vm: str, shell: str, linux: int) -> Description:
    if not 1 <= macs <= 250:
        raise SimError(f"a simulated lab has 1 to 250 Macs, not {macs}")
    if not 0 <= linux <= 9:
        raise SimError(f"a simulated lab has up to 9 Linux hosts, not {linux}: each is a whole system")
    if linux and os.geteuid() != 0:
        raise SimError("a simulated Linux host needs root (namespaces, mounts): run this with sudo, or leave it out")
    addresses = []
    for number in range(1, macs + 1):
        host = f"127.0.1.{number}"
        addresses.append(MacAddress(f"mac-{number:02d}", host, free_port(host)))
    hosts = [MacAddress(f"linux-{number:02d}", "127.0.0.1", free_port()) for number in range(1, linux + 1)]
    return Description(state.lab, vm, shell, tuple(addresses), linux=tuple(hosts))


def _start_supervisor(state: LabState, seconds: float) -> None:
    socket = state.directory / "supervisor.sock"
    socket.unlink(missing_ok=True)
    with state.log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "carbon_fleet.sim.supervisor", str(state.directory)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/",
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )  # fmt: skip
    deadline = time.monotonic() + seconds
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            said = state.log.read_text(errors="replace")[-1500:]
            raise SimError(f"the supervisor of lab {state.lab!r} did not come up; {state.log} ends with:\n{said}")
        time.sleep(0.01)


def take_down(state: LabState) -> None:
    """Stop everything of the lab and remove its files. No error when some of it is gone already."""
    pid = supervisor_pid(state)
    if pid is not None:
        with contextlib.suppress(SimError):
            ask(state.directory / "supervisor.sock", {"op": "stop"})
        _end(pid, seconds=30)
    _remove_tree(state.directory)


def _end(pid: int, seconds: float) -> None:
    started, deadline = start_time(pid), time.monotonic() + seconds
    while started and start_time(pid) == started:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _remove_tree(directory: Path) -> None:
    # a guest may leave directories without write permission
    for path, names, _files in os.walk(directory):
        for name in names:
            with contextlib.suppress(OSError):
                (Path(path) / name).chmod(0o700, follow_symlinks=True) if not (Path(path) / name).is_symlink() else None
    shutil.rmtree(directory, ignore_errors=False)
