"""The krunkit, vfkit and gvproxy processes of one user's machines, found by what podman passes them."""

import re
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
    for fact in section.all("process"):
        pid, _, command = fact.partition(" ")
        names = {PurePosixPath(word).name for word in command.split()[:4]}
        disk, socket = DISK.search(command), SOCKET.search(command)
        if names & {"krunkit", "vfkit"} and disk and disk[1].endswith(data):
            hypervisors[disk[2]] = int(pid)
        elif "gvproxy" in names and socket:
            gvproxies[socket[1]] = int(pid)
    return Processes(hypervisors, gvproxies)
