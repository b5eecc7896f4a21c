"""A Podman machine as wished, and how the machine tests speak of one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from carbon_fleet.plan import Change, Finding, World
from carbon_fleet.snapshot import Guest, Snapshot, read_snapshot
from carbon_fleet.spec import Mac
from operations.homebrew import Homebrew
from operations.machine import RESOURCE, Machine, differences, read
from operations.machine.seen import Config, Connection, Disk, MachineSeen, Processes, State
from tests.unit.model.machine import SCRIPTS

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "machine"
HOME = "/Users/lab"
DATA = f"{HOME}/.local/share/containers/podman/machine"
IDENTITY = f"{DATA}/machine"
CONFIG = Config(
    provider="libkrun",
    cpus=4,
    memory_mib=8192,
    disk_gib=100,
    rootful=True,
    mounts=("/Users:/Users", "/private:/private", "/var/folders:/var/folders"),
    port=50022,
    identity=IDENTITY,
    created="2026-11-20T10:00:00.000000+01:00",
    endpoint="http://localhost:54321",
)
PAIR = {
    "carbon": Connection("ssh://core@127.0.0.1:50022/run/user/501/podman/podman.sock", IDENTITY),
    "carbon-root": Connection("ssh://root@127.0.0.1:50022/run/podman/podman.sock", IDENTITY),
}
DISKS = {
    "libkrun": (Disk.FILLED, f"{DATA}/libkrun/carbon-arm64.raw"),
    "applehv": (Disk.ABSENT, f"{DATA}/applehv/carbon-arm64.raw"),
}
RUNNING = MachineSeen(
    name="carbon",
    state=State.RUNNING,
    config=CONFIG,
    disks=DISKS,
    connections=PAIR,
    default="carbon-root",
    processes=Processes({"carbon": 4711}, {"carbon": 4710}, {"carbon": ("/opt/homebrew/bin/krunkit", None)}),
    time=1795258800,
)
STOPPED = replace(RUNNING, state=State.STOPPED, processes=Processes())
ABSENT = MachineSeen("carbon", time=1795258800)
WANTED = Machine()


def snapshot(name: str) -> Snapshot:
    return read_snapshot("mac-01", (TRANSCRIPTS / f"{name}.txt").read_text().splitlines())


def seen_in(name: str) -> MachineSeen:
    return read(snapshot(name).section("machine"))


def found_in(name: str, wanted: Machine = WANTED) -> tuple[Finding, ...]:
    mac = Mac("mac-01", user="lab", sections={"machine": wanted, "homebrew": Homebrew()})
    return RESOURCE.findings(World(mac, snapshot(name)))


def world(guest: Guest = Guest.REACHED) -> World:
    return World(Mac("mac-01", user="lab"), Snapshot("mac-01", guest=guest))


def changes(seen: MachineSeen, wanted: Machine = WANTED, guest: Guest = Guest.REACHED) -> list[Change]:
    found = list(differences(wanted, seen, world(guest)))
    assert all(isinstance(finding, Change) for finding in found), found
    return [finding for finding in found if isinstance(finding, Change)]


def lines(*found: Finding) -> list[str]:
    """The commands of Changes as a person reads them, a script by its file's name."""
    said = []
    for change in found:
        assert isinstance(change, Change)
        for command in change.commands:
            if command.argv[0] == "/bin/sh":
                said.append(" ".join((SCRIPTS[command.argv[2]] + ".sh", *command.argv[4:])))
            else:
                said.append(" ".join(command.argv))
    return said


def pairs(change: Change) -> list[tuple[Any, ...]]:
    return [(attribute.name, attribute.before, attribute.after) for attribute in change.attributes]
