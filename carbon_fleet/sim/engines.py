"""Other container engines on a simulated Mac: installed as their makers install them, for `carbon-fleet matrix`."""

import json
import os
import plistlib
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carbon_fleet.sim.lab import SimulatedMac

DOCKER_VERSION = "4.51.0"
APPLE_ROOT = "Library/Application Support/com.apple.container"


def add_docker(mac: "SimulatedMac") -> None:
    """Docker Desktop in /Applications, its command in the application and in /usr/local/bin's place, its socket."""
    contents = mac.root / "Applications/Docker.app/Contents"
    (contents / "Resources/bin").mkdir(parents=True, exist_ok=True)
    (contents / "Info.plist").write_bytes(plistlib.dumps({"CFBundleShortVersionString": DOCKER_VERSION}))
    command = contents / "Resources/bin/docker"
    command.unlink(missing_ok=True)
    command.symlink_to("/.sim/py/docker")
    folder = mac.home / ".docker/run"
    folder.mkdir(parents=True, exist_ok=True)
    _socket(folder)


def accept_docker(mac: "SimulatedMac", **settings: Any) -> None:
    """What somebody at the screen does once: open Docker Desktop, accept its terms, choose `settings`, and quit it."""
    folder = mac.home / "Library/Group Containers/group.com.docker"
    folder.mkdir(parents=True, exist_ok=True)
    written = {"LicenseTermsVersion": 2, "DisplayedOnboarding": True, "SettingsVersion": 43, **settings}
    (folder / "settings-store.json").write_text(json.dumps(written, indent=2))


def drop_docker(mac: "SimulatedMac") -> None:
    """Remove the application and all it left."""
    shutil.rmtree(mac.root / "Applications/Docker.app", ignore_errors=True)
    shutil.rmtree(mac.home / ".docker", ignore_errors=True)
    _forget(mac, "docker")


def add_apple(mac: "SimulatedMac") -> None:
    """Apple's container as Homebrew's formula links it, its services started."""
    (mac.root / "opt/homebrew/bin/container").symlink_to("/.sim/py/container")
    _kernel(mac)
    _remember(mac, "apple", {"running": True})


def bring_apple(mac: "SimulatedMac", *, kernel: bool = True) -> None:
    """Apple's container as its own signed package puts it: /usr/local/bin, started once by whoever installed it."""
    (mac.root / "usr/local/bin").mkdir(parents=True, exist_ok=True)
    (mac.root / "usr/local/bin/container").symlink_to("/.sim/py/container")
    if kernel:
        _kernel(mac)


def reboot_apple(mac: "SimulatedMac") -> None:
    """What a restart of the Mac leaves: services nobody started, stopped containers, launchd as empty as at a boot."""
    _remember(mac, "apple", {**_state(mac).get("apple", {}), "running": False})
    for name, key in (("apple.json", "containers"), ("launchd.json", "loaded")):
        path = mac.shared / name
        known = json.loads(path.read_text())
        known[key] = {} if key == "loaded" else {one: {**said, "state": "stopped"} for one, said in known[key].items()}
        path.write_text(json.dumps(known))


def set_apple(mac: "SimulatedMac", *, running: bool | None = None, kernel: bool = True) -> None:
    """Change what is kept of it: whether its services run (None: as they do), whether a default kernel is set."""
    if running is not None:
        _remember(mac, "apple", {**_state(mac).get("apple", {}), "running": running})
    _kernel(mac)
    if not kernel:
        (mac.home / APPLE_ROOT / "kernels/default.kernel-arm64").unlink()


def drop_apple(mac: "SimulatedMac") -> None:
    """Remove it."""
    for place in ("opt/homebrew/bin", "usr/local/bin"):
        (mac.root / place / "container").unlink(missing_ok=True)
    shutil.rmtree(mac.home / APPLE_ROOT, ignore_errors=True)
    (mac.shared / "apple.json").unlink(missing_ok=True)
    _forget(mac, "apple")


def _kernel(mac: "SimulatedMac") -> None:
    (mac.home / APPLE_ROOT / "kernels").mkdir(parents=True, exist_ok=True)
    (mac.home / APPLE_ROOT / "kernels/default.kernel-arm64").write_text("modelled\n")


def give_image(mac: "SimulatedMac", engine: str, reference: str, digest: str) -> None:
    """Let `engine` ("docker" or "apple") have an image of this reference, whose inputs' label is `digest`."""
    known = _state(mac).get(engine, {})
    _remember(mac, engine, {**known, "images": {**known.get("images", {}), reference: digest}})


def _socket(folder: Path) -> None:
    """A socket's path may have 107 bytes, a lab's state more: bind it through the folder's descriptor."""
    (folder / "docker.sock").unlink(missing_ok=True)
    at = os.open(folder, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{at}/docker.sock")
    finally:
        os.close(at)


def _state(mac: "SimulatedMac") -> dict[str, Any]:
    path = mac.shared / "engines.json"
    known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return known


def _remember(mac: "SimulatedMac", engine: str, value: object) -> None:
    (mac.shared / "engines.json").write_text(json.dumps({**_state(mac), engine: value}))


def _forget(mac: "SimulatedMac", engine: str) -> None:
    left = {name: value for name, value in _state(mac).items() if name != engine}
    (mac.shared / "engines.json").write_text(json.dumps(left))
