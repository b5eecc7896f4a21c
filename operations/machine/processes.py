"""The krunkit, vfkit and gvproxy processes of one user's machines, found by what podman passes them."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath

from carbon_fleet.snapshot import Section, Unreadable
from operations.machine.seen import Processes

DISK = re.compile(r"(\S*)/(?:libkrun|applehv)/([A-Za-z0-9][A-Za-z0-9_.-]*)-arm64\.raw\b")
SOCKET = re.compile(r"/([A-Za-z0-9][A-Za-z0-9_.-]*)-gvproxy\.sock\b")


def processes(section: Section) -> Processes:
    """The machines' processes. Raises `Unreadable` when ps failed: nobody running is not the same as nobody seen."""
    if section.need("ps") != "read":
        raise Unreadable("machine: ps could not say which virtual machines run")
    data = section.need("data")
    hypervisors: dict[str, int] = {}
    gvproxies: dict[str, int] = {}
    krunkits: dict[str, tuple[str, int | None]] = {}
    began = _began(section)
    for fact in section.all("process"):
        pid, _, command = fact.partition(" ")
        names = {PurePosixPath(word).name for word in command.split()[:4]}
        disk, socket = DISK.search(command), SOCKET.search(command)
        if names & {"krunkit", "vfkit"} and disk and disk[1].endswith(data):
            hypervisors[disk[2]] = int(pid)
            if program := next((word for word in command.split()[:4] if PurePosixPath(word).name == "krunkit"), ""):
                krunkits[disk[2]] = (program, began.get(pid))
        elif "gvproxy" in names and socket:
            gvproxies[socket[1]] = int(pid)
    return Processes(hypervisors, gvproxies, krunkits)


def _began(section: Section) -> Mapping[str, int]:
    """When processes began, by PID, as `ps -o lstart=` says it in UTC: `Mon Nov 30 04:53:09 2026`."""
    found = {}
    for fact in section.all("began"):
        pid, _, when = fact.partition(" ")
        try:
            found[pid] = int(datetime.strptime(when.strip(), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC).timestamp())
        except ValueError:
            continue
    return found
