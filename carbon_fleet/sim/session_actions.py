"""Faults of the sessions that a simulated Mac gives: their variables, and who begins them."""

from typing import TYPE_CHECKING

from carbon_fleet.sim.fault_actions import _supervisor as supervisor

if TYPE_CHECKING:
    from carbon_fleet.sim.lab import SimulatedMac


def _session(mac: "SimulatedMac", more: str) -> None:
    path = mac.shared / "sshd_config"
    lines = path.read_text().splitlines()
    changed = [" ".join([*line.split()[:2], more]).strip() if line.startswith("SetEnv ") else line for line in lines]
    path.write_text("\n".join(changed) + "\n")
    supervisor(mac, "reload")


def other_tmpdir(mac: "SimulatedMac") -> None:
    """As a line in sshd's settings does."""
    _session(mac, "TMPDIR=/private/tmp")


def other_xdg(mac: "SimulatedMac") -> None:
    """The same; podman's data are then looked for elsewhere."""
    _session(mac, "XDG_DATA_HOME=/Users/lab/elsewhere")


def usual_session(mac: "SimulatedMac") -> None:
    """As they were."""
    _session(mac, "")


def _below(mac: "SimulatedMac", parent: str) -> None:
    path = mac.shared / "sshd_config"
    kept = [line for line in path.read_text().splitlines() if not line.startswith("ForceCommand ")]
    forced = [f"ForceCommand /.sim/py/session-under {parent}"] if parent else []
    path.write_text("\n".join([*kept, *forced]) + "\n")
    supervisor(mac, "reload")


def by_launchd(mac: "SimulatedMac") -> None:
    """Sessions are begun as an agent of the user's is: launchd is above them, and no sshd."""
    _below(mac, "/sbin/launchd")


def by_login(mac: "SimulatedMac") -> None:
    """Sessions are begun as in a window of Terminal: login is above them, and nothing of Homebrew."""
    _below(mac, "login")


def by_sshd(mac: "SimulatedMac") -> None:
    """As they were."""
    _below(mac, "")
