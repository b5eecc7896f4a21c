"""What faults do once when they are injected, and how the lasting ones are undone."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbon_fleet.sim import keys, podman_desktop
from carbon_fleet.sim.jsonlines import ask
from carbon_fleet.sim.macroot import FACTS, make_homebrew
from carbon_fleet.sim.state import SimError

if TYPE_CHECKING:
    from carbon_fleet.sim.lab import SimulatedMac


def _supervisor(mac: "SimulatedMac", operation: str, **more: object) -> None:
    ask(mac.state.directory / "supervisor.sock", {"op": operation, "mac": mac.name, **more})


def _machines(mac: "SimulatedMac") -> list[Path]:
    found = sorted((mac.home / ".config/containers/podman/machine").glob("*/*.json"))
    if not found:
        raise SimError(f"{mac.name} has no Podman machine yet: apply the lab first")
    return found


def _edit(path: Path, change: dict[str, Any]) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}, separators=(",", ":")))


def _run(mac: "SimulatedMac", command: str) -> None:
    done = mac.ssh(command)
    if done.returncode:
        raise SimError(f"{mac.name}: {command} ended with {done.returncode}: {done.stderr.strip()}")


def freeze(mac: "SimulatedMac") -> None:
    """Stop the sshd's process: the kernel goes on accepting."""
    _supervisor(mac, "freeze")


def thaw(mac: "SimulatedMac") -> None:
    """Let it go on."""
    _supervisor(mac, "thaw")


def new_host_key(mac: "SimulatedMac") -> None:
    """Move the host key away, make another, have sshd read it."""
    for name in ("host_key", "host_key.pub"):
        (mac.shared / name).rename(mac.shared / f"{name}.before")
    keys.make_key(mac.shared / "host_key", mac.name)
    _supervisor(mac, "reload")


def old_host_key(mac: "SimulatedMac") -> None:
    """Give the first host key back."""
    for name in ("host_key", "host_key.pub"):
        (mac.shared / f"{name}.before").replace(mac.shared / name)
    _supervisor(mac, "reload")


def kill_vm(mac: "SimulatedMac") -> None:
    """Pull the VM's plug; krunkit ends, gvproxy does not."""
    _supervisor(mac, "vm-kill")


def hide_brew(mac: "SimulatedMac") -> None:
    """Move /opt/homebrew away."""
    (mac.root / "opt/homebrew").rename(mac.root / "opt/.homebrew-hidden")


def show_brew(mac: "SimulatedMac") -> None:
    """Move it back, over whatever came meanwhile."""
    shutil.rmtree(mac.root / "opt/homebrew", ignore_errors=True)
    (mac.root / "opt/.homebrew-hidden").rename(mac.root / "opt/homebrew")


def old_brew(mac: "SimulatedMac") -> None:
    """Homebrew's clone as of 5.1."""
    make_homebrew(mac.root / "opt/homebrew", "5.1.9")


def new_brew(mac: "SimulatedMac") -> None:
    """Homebrew's clone as of this lab."""
    make_homebrew(mac.root / "opt/homebrew", FACTS["BREW_VERSION"])


def starting_stuck(mac: "SimulatedMac") -> None:
    """As after a SIGKILL of `podman machine start`: nothing runs, the flag stays."""
    _supervisor(mac, "vm-kill")
    for path in _machines(mac):
        _edit(path, {"Starting": True})


def take_endpoint(mac: "SimulatedMac") -> None:
    """Let a stranger answer on the machine's endpoint."""
    document = json.loads(_machines(mac)[0].read_text())
    helper = document.get("LibKrunHypervisor", {}).get("KRun") or document["AppleHypervisor"]["Vfkit"]
    _supervisor(mac, "vm-kill")
    _supervisor(mac, "take-port", port=int(str(helper["Endpoint"]).rpartition(":")[2]))


def free_endpoint(mac: "SimulatedMac") -> None:
    """Send the stranger away."""
    _supervisor(mac, "free-port")


def foreign_json(mac: "SimulatedMac") -> None:
    """A copy of a machine's file that was cut off: podman reads it as a machine, and cannot."""
    path = _machines(mac)[0]
    (path.parent / "backup.json").write_bytes(path.read_bytes()[:100])


def no_foreign_json(mac: "SimulatedMac") -> None:
    """Take the note away."""
    for path in (mac.home / ".config/containers/podman/machine").glob("*/backup.json"):
        path.unlink()


def drop_connections(mac: "SimulatedMac") -> None:
    """Empty podman-connections.json."""
    path = mac.home / ".config/containers/podman-connections.json"
    path.write_text('{"Connection":{"Connections":{}},"Farm":{}}')


def drop_trust(mac: "SimulatedMac") -> None:
    """As `brew bundle cleanup` may do."""
    (mac.home / ".homebrew/trust.json").unlink(missing_ok=True)


def wrong_virglrenderer(mac: "SimulatedMac") -> None:
    """Replace the tap's virglrenderer-krun by homebrew-core's virglrenderer."""
    brew = "HOMEBREW_NO_AUTO_UPDATE=1 /opt/homebrew/bin/brew"
    _run(mac, f"{brew} uninstall --ignore-dependencies virglrenderer-krun; {brew} install virglrenderer")


def krunkit_other_tap(mac: "SimulatedMac") -> None:
    """Replace krunkit by the one of the old tap."""
    brew = "HOMEBREW_NO_AUTO_UPDATE=1 /opt/homebrew/bin/brew"
    names = "krunkit libkrun libkrunfw virglrenderer-krun gvproxy"
    _run(
        mac,
        f"{brew} uninstall --ignore-dependencies {names} 2>/dev/null; {brew} tap slp/krun && {brew} trust slp/krun"
        f" && {brew} install slp/krun/krunkit",
    )


def desktop_rewrites(mac: "SimulatedMac") -> None:
    """Somebody chooses applehv in Podman Desktop: of containers.conf five tables are left, without the provider."""
    podman_desktop.rewrite(mac.home / ".config/containers/containers.conf", podman_desktop.APPLEHV)


def desktop_chooses_libkrun(mac: "SimulatedMac") -> None:
    """Somebody chooses libkrun in it: the same, and the provider is named."""
    podman_desktop.rewrite(mac.home / ".config/containers/containers.conf", "libkrun")
