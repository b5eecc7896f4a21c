"""The hypervisors of an emulated Mac, as its supervisor finds them among the sandbox's processes."""

import contextlib
import os
import re
import signal

from carbon_fleet.sim.process import command_line, descendants

_DISK = re.compile(r"/libkrun/(\S+)-arm64\.raw")


def hypervisors(sandbox_pid: int) -> dict[str, int]:
    """Return the process id of each machine that runs in the sandbox, by the machine's name."""
    found = {}
    for pid in descendants(sandbox_pid):
        program, _, arguments = command_line(pid).partition(" ")
        disk = _DISK.search(arguments)
        if program.endswith("/krunkit") and disk:
            found[disk[1]] = pid
    return found


def end_hypervisors(sandbox_pid: int) -> None:
    """Pull the plug of every machine. What podman started beside it, gvproxy, stays, as after a crash on a Mac."""
    for pid in hypervisors(sandbox_pid).values():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
