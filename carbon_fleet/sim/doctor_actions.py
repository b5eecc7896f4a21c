"""What the faults of `doctor_faults` do, and how they are undone."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carbon_fleet.sim.fault_actions import _edit as edit
from carbon_fleet.sim.fault_actions import _machines as machines
from carbon_fleet.sim.fault_actions import _run as run
from carbon_fleet.sim.macroot import TEMP

if TYPE_CHECKING:
    from carbon_fleet.sim.lab import SimulatedMac

BREW = "HOMEBREW_NO_AUTO_UPDATE=1 /opt/homebrew/bin/brew"
PODMAN = 'TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)" /opt/homebrew/bin/podman'
KEG = "opt/homebrew/Cellar/krunkit"
OTHER = "theirs"
DROP_IN = ".config/containers/containers.conf.d/50-carbon-fleet.conf"
LATER = ".config/containers/containers.conf.d/90-theirs.conf"
CONF = ".config/containers/containers.conf"
CONNECTIONS = ".config/containers/podman-connections.json"


def no_krunkit(mac: "SimulatedMac") -> None:
    """Uninstall it."""
    run(mac, f"{BREW} uninstall krunkit")


def krunkit(version: str) -> "Callable[[SimulatedMac], None]":
    """Another version of it in place of the one that is there; the tap still offers the newer one."""

    def do(mac: "SimulatedMac") -> None:
        offers = mac.shared / "versions.json"
        offers.write_text(json.dumps({"libkrun/krun/krunkit": version}))
        try:
            run(mac, f"{BREW} uninstall krunkit && {BREW} install libkrun/krun/krunkit")
        finally:
            offers.unlink()

    return do


def no_libepoxy(mac: "SimulatedMac") -> None:
    """Uninstall it, whoever needs it."""
    run(mac, f"{BREW} uninstall --ignore-dependencies libepoxy")


def _firmware(mac: "SimulatedMac", name: str) -> Path:
    return next((mac.root / KEG).glob(f"*/share/krunkit/{name}"))


def no_firmware(mac: "SimulatedMac") -> None:
    """Give krunkit's firmware another name."""
    found = _firmware(mac, "KRUN_EFI.silent.fd")
    found.rename(found.with_name("elsewhere"))


def firmware(mac: "SimulatedMac") -> None:
    """Give it its own back."""
    found = _firmware(mac, "elsewhere")
    found.rename(found.with_name("KRUN_EFI.silent.fd"))


def applehv(mac: "SimulatedMac") -> None:
    """The machine removed, and made anew as podman 5 does by default."""
    init = "machine init --provider applehv --cpus 2 --memory 2048 --disk-size 20 --rootful carbon"
    run(mac, f"{PODMAN} machine rm -f carbon && {PODMAN} {init} && {PODMAN} machine start carbon </dev/null")


def no_drop_in(mac: "SimulatedMac") -> None:
    """As somebody who tidies up."""
    (mac.home / DROP_IN).unlink()


def drop_in(mac: "SimulatedMac") -> None:
    """As somebody who wants applehv, in a file that is read after ours."""
    (mac.home / LATER).write_text('[machine]\nprovider = "applehv"\n')


def no_other_drop_in(mac: "SimulatedMac") -> None:
    """Take it away."""
    (mac.home / LATER).unlink()


def broken_conf(mac: "SimulatedMac") -> None:
    """A slip in an editor."""
    (mac.home / CONF).write_text("[machine\nprovider = libkrun\n")


def no_conf(mac: "SimulatedMac") -> None:
    """Take the file away."""
    (mac.home / CONF).unlink()


def other_machine(mac: "SimulatedMac") -> None:
    """Stop ours, make another, start that."""
    init = f"machine init --provider libkrun --cpus 1 --memory 2048 --disk-size 20 {OTHER}"
    words = (f"{PODMAN} {each}" for each in ("machine stop carbon", init, f"machine start {OTHER} </dev/null"))
    run(mac, " && ".join(words))


def no_other_machine(mac: "SimulatedMac") -> None:
    """Remove it, start ours."""
    words = (f"machine rm -f {OTHER}", "system connection default carbon-root", "machine start carbon </dev/null")
    run(mac, " && ".join(f"{PODMAN} {each}" for each in words))


def stop(mac: "SimulatedMac") -> None:
    """As a person does."""
    run(mac, f"{PODMAN} machine stop carbon")


def too_large(mac: "SimulatedMac") -> None:
    """As somebody who edits the machine's file."""
    path = machines(mac)[0]
    resources = {**json.loads(path.read_text())["Resources"], "Memory": 65536}
    edit(path, {"Resources": resources})


def mount(mac: "SimulatedMac") -> None:
    """As podman 6 does for a machine whose volumes nobody named."""
    source = f"/Users/{mac.home.name}/.config/containers"
    more = {"OriginalInput": f"{source}:/etc/containers", "Source": source, "Target": "/etc/containers"}
    _mounts(mac, lambda mounts: [*mounts, {**mounts[0], **more}])


def unmount(mac: "SimulatedMac") -> None:
    """Take that mount out."""
    _mounts(mac, lambda mounts: [each for each in mounts if each["Target"] != "/etc/containers"])


def _mounts(mac: "SimulatedMac", change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    path = machines(mac)[0]
    edit(path, {"Mounts": change(json.loads(path.read_text())["Mounts"])})


def other_default(mac: "SimulatedMac") -> None:
    """As a person does."""
    run(mac, f"{PODMAN} system connection default carbon")


def connection(mac: "SimulatedMac") -> None:
    """As a person has it whose own server was called so before; what podman wrote is kept for the end."""
    path = mac.home / CONNECTIONS
    path.with_name(f"{path.name}.before").write_bytes(path.read_bytes())
    document = json.loads(path.read_text())
    theirs = {"URI": "ssh://lee@10.9.8.7:22/run/podman/podman.sock", "Identity": "/Users/lab/.ssh/id_ed25519"}
    document["Connection"]["Connections"]["carbon"] = theirs
    path.write_text(json.dumps(document))


def no_connection(mac: "SimulatedMac") -> None:
    """Put back what podman wrote."""
    path = mac.home / CONNECTIONS
    path.with_name(f"{path.name}.before").replace(path)


def ramalama(mac: "SimulatedMac") -> None:
    """A keg of it; nobody starts it."""
    (mac.root / "opt/homebrew/Cellar/ramalama/0.24.0").mkdir(parents=True)


def no_ramalama(mac: "SimulatedMac") -> None:
    """Take it away."""
    shutil.rmtree(mac.root / "opt/homebrew/Cellar/ramalama")


def podman_pkg(mac: "SimulatedMac") -> None:
    """What podman's installer leaves, as far as its place goes."""
    program = mac.root / "opt/podman/bin/podman"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)


def no_podman_pkg(mac: "SimulatedMac") -> None:
    """Take it away."""
    shutil.rmtree(mac.root / "opt/podman")


def _runtime(mac: "SimulatedMac", name: str) -> Path:
    return mac.root / TEMP[1:] / "T/podman" / name


def kill_gvproxy(mac: "SimulatedMac") -> None:
    """As a memory-hungry Mac, or a person who tidies up."""
    run(mac, f"kill -9 {_runtime(mac, 'gvproxy.pid').read_text()}")


def emergency(mac: "SimulatedMac") -> None:
    """The console says so; nobody can be let in (the stand-in for gvproxy sees to that)."""
    with _runtime(mac, "carbon.log").open("a") as console:
        console.write('You are in emergency mode. After logging in, type "journalctl -xb" to view\n')


def no_emergency(mac: "SimulatedMac") -> None:
    """Begin the console's log anew."""
    _runtime(mac, "carbon.log").write_text("")


def stale_pid(mac: "SimulatedMac") -> None:
    """As after gvproxy was started by hand."""
    path = _runtime(mac, "gvproxy.pid")
    path.rename(path.with_name("gvproxy.pid.right"))
    path.write_text("99999")


def right_pid(mac: "SimulatedMac") -> None:
    """Put the right one back."""
    path = _runtime(mac, "gvproxy.pid")
    path.with_name("gvproxy.pid.right").replace(path)


def docker_sock(mac: "SimulatedMac") -> None:
    """As podman-mac-helper leaves it when a machine is gone."""
    (mac.root / "private/var/run/docker.sock").symlink_to("/Users/lab/.local/share/containers/podman/gone.sock")


def no_docker_sock(mac: "SimulatedMac") -> None:
    """Take it away."""
    (mac.root / "private/var/run/docker.sock").unlink()


def sockets(mac: "SimulatedMac") -> None:
    """As a start by sudo or launchd leaves them."""
    folder = mac.root / "private/tmp/podman"
    folder.mkdir(exist_ok=True)
    (folder / "carbon-gvproxy.sock").touch()


def no_sockets(mac: "SimulatedMac") -> None:
    """Take them away."""
    shutil.rmtree(mac.root / "private/tmp/podman")


def keychain(mac: "SimulatedMac") -> None:
    """Logins as Docker Desktop keeps them."""
    path = mac.home / ".docker/config.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text('{"credsStore": "osxkeychain"}\n')


def no_keychain(mac: "SimulatedMac") -> None:
    """Take the file away."""
    (mac.home / ".docker/config.json").unlink()
