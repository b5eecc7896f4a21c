"""Faults of a whole Podman machine: gone, its file broken, without a GPU, a unit failed in it."""

import shlex
from typing import TYPE_CHECKING

from carbon_fleet.sim.doctor_actions import BREW, PODMAN
from carbon_fleet.sim.fault_actions import _machines as machines
from carbon_fleet.sim.fault_actions import _run as run

if TYPE_CHECKING:
    from carbon_fleet.sim.lab import SimulatedMac

THEIRS = "theirs.service"


def no_podman(mac: "SimulatedMac") -> None:
    """Uninstall it; a machine that runs goes on."""
    run(mac, f"{BREW} uninstall --ignore-dependencies podman")


def no_machine(mac: "SimulatedMac") -> None:
    """As a person who wants the room back."""
    run(mac, f"{PODMAN} machine stop carbon && {PODMAN} machine rm -f carbon")


def broken_file(mac: "SimulatedMac") -> None:
    """As a disk that was full leaves the machine's own file: cut off in its midst."""
    path = machines(mac)[0]
    path.with_name("carbon.json.whole").write_bytes(path.read_bytes())
    path.write_bytes(path.read_bytes()[:100])


def whole_file(mac: "SimulatedMac") -> None:
    """Put the whole one back."""
    path = machines(mac)[0]
    path.with_name("carbon.json.whole").replace(path)


def _again(mac: "SimulatedMac") -> None:
    run(mac, f"{PODMAN} machine stop carbon && {PODMAN} machine start carbon </dev/null")


def no_node(mac: "SimulatedMac") -> None:
    """The machine starts anew, and comes up without a GPU."""
    (mac.shared / "faults/no-render-node").touch()
    _again(mac)


def node(mac: "SimulatedMac") -> None:
    """It starts anew, and has its GPU."""
    (mac.shared / "faults/no-render-node").unlink(missing_ok=True)
    _again(mac)


def _guest(mac: "SimulatedMac", command: str) -> None:
    run(mac, f"{PODMAN} machine ssh --username root carbon {shlex.quote(command)}")


def failed_unit(mac: "SimulatedMac") -> None:
    """A unit of somebody's in the machine, whose program fails."""
    text = "[Service]\nType=oneshot\nExecStart=/bin/false\n"
    write = f"printf '{text}' >/etc/systemd/system/{THEIRS}"
    _guest(mac, f"{write} && systemctl daemon-reload && ! systemctl start {THEIRS}".replace("\n", "\\n"))


def no_failed_unit(mac: "SimulatedMac") -> None:
    """Take it away."""
    _guest(mac, f"rm -f /etc/systemd/system/{THEIRS}; systemctl reset-failed {THEIRS}; systemctl daemon-reload")
