"""A model of systemd's units: what is loaded, active, enabled, and which files changed since the last daemon-reload.

Unlike the real one it restarts nothing by itself: a container taken away under a service leaves that service failed.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os

from . import guest_quadlet, guest_run
from .disk import read_json, write_json
from .guest_store import store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

FOLDERS = ("/etc/systemd/system", "/run/systemd/system")
_STATE = "/run/systemd/sim.json"
_BUILT_IN = (
    "sshd.service",
    "chronyd.service",
    "podman.socket",
    "systemd-journald.service",
    "dbus-broker.service",
    "NetworkManager.service",
    "qemu-guest-agent.service",
    "multi-user.target",
    "default.target",
)


@contextlib.contextmanager
def manager(*, write: bool = False) -> Iterator[Units]:
    """The manager under its lock; its state is saved at the end when `write`."""
    os.makedirs("/run/systemd", exist_ok=True)
    with open("/run/systemd/sim.lock", "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        units = Units()
        units.look()
        yield units
        if write:
            units.save()


def _text(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


class Units:
    """`known` by name: source, text digest, sections, container; and active, sub, restarts."""

    def __init__(self) -> None:
        data: dict[str, Any] = read_json(_STATE, {})
        self.known: dict[str, dict[str, Any]] = data.get("known", {})
        self.complaints: list[str] = data.get("complaints", [])

    def save(self) -> None:
        """Keep it until the machine goes down: /run is memory."""
        write_json(_STATE, {"known": self.known, "complaints": self.complaints})

    def look(self) -> None:
        """A service whose container is gone or stopped has failed."""
        with store() as opened:
            running = {box["name"] for box in opened.containers.values() if box["state"] == "running"}
        for unit in self.known.values():
            box = unit.get("container")
            if box and unit["active"] == "active" and box["name"] not in running:
                unit.update(active="failed", sub="failed")

    def reload(self) -> None:
        """daemon-reload: run the generator, read all unit files; what runs stays known."""
        services, self.complaints = guest_quadlet.generate()
        found = {**_files(), **services}
        for name, unit in found.items():
            before = self.known.get(name, {})
            path = unit["source"]
            self.known[name] = {
                "active": before.get("active", "inactive"),
                "sub": before.get("sub", "dead"),
                "restarts": before.get("restarts", 0),
                **unit,
                "digest": _digest(_text(path)),
                "load": "loaded",
            }
        for name in [name for name in self.known if name not in found]:
            if self.known[name]["active"] == "active":
                self.known[name]["load"] = "not-found"
            else:
                del self.known[name]

    def get(self, name: str) -> dict[str, Any]:
        """A unit's state; one nobody knows is not-found."""
        if name in _BUILT_IN:
            sub = {"socket": "listening", "target": "active"}.get(name.rpartition(".")[2], "running")
            return {"load": "loaded", "active": "active", "sub": sub, "restarts": 0, "source": ""}
        missing = {"load": "not-found", "active": "inactive", "sub": "dead", "restarts": 0, "source": ""}
        return self.known.get(name, missing)

    def stale(self, name: str) -> bool:
        """Whether the unit's file is not what was read."""
        unit = self.known.get(name)
        if unit is None:
            return False
        return os.path.exists(unit["source"]) and _digest(_text(unit["source"])) != unit["digest"]

    def enabled(self, name: str) -> str:
        """What `systemctl is-enabled` prints; empty for a unit nobody knows."""
        for folder in FOLDERS:
            if os.path.islink(f"{folder}/{name}") and os.readlink(f"{folder}/{name}") == "/dev/null":
                return "masked"
        if name in _BUILT_IN:
            return "enabled"
        if self.known.get(name, {}).get("container"):
            return "generated"
        if not self.known.get(name) and name not in _files():
            return ""
        base = FOLDERS[0]
        for place in sorted(os.listdir(base)):
            if place.endswith((".wants", ".requires")) and os.path.lexists(f"{base}/{place}/{name}"):
                return "enabled"
        sections = (self.known.get(name) or _files()[name])["sections"]
        return "disabled" if sections.get("Install") else "static"

    def start(self, name: str) -> str:
        """Start a unit; empty, or why it failed."""
        unit = self.known.get(name)
        if name in _BUILT_IN:
            return ""
        if unit is None or unit["load"] == "not-found":
            return f"Failed to start {name}: Unit {name} not found."
        if unit["active"] == "active":
            return ""
        why = _start_container(unit["container"]) if unit.get("container") else _start_program(unit["sections"])
        oneshot = unit["sections"].get("Service", {}).get("Type") == ["oneshot"] and not unit.get("container")
        stays = not oneshot or unit["sections"]["Service"].get("RemainAfterExit") in (["yes"], ["true"])
        active, sub = ("active", "exited" if oneshot else "running") if stays else ("inactive", "dead")
        unit.update(active="failed", sub="failed", restarts=3) if why else unit.update(
            active=active, sub=sub, restarts=0
        )
        failed = (
            f'Job for {name} failed because the control process exited with error code.\nSee "systemctl status {name}".'
        )
        return failed if why else ""

    def stop(self, name: str) -> str:
        """Stop a unit; its container goes with it."""
        unit = self.known.get(name)
        if unit is None:
            return "" if name in _BUILT_IN else f"Failed to stop {name}: Unit {name} not loaded."
        if unit.get("container"):
            with store(write=True) as opened:
                box = opened.container(unit["container"]["name"])
                if box:
                    del opened.containers[box["id"]]
        unit.update(active="inactive", sub="dead", restarts=0)
        return ""

    def boot(self) -> None:
        """What happens when the machine comes up: nothing runs, --rm containers are gone, enabled units start."""
        with store(write=True) as opened:
            for key, box in list(opened.containers.items()):
                if box["remove"]:
                    del opened.containers[key]
                elif box["state"] == "running":
                    guest_run.apply(opened, key, "stop")
        self.reload()
        for name, unit in list(self.known.items()):
            wanted = unit["sections"].get("Install", {}).get("WantedBy") if unit.get("container") else None
            if wanted or self.enabled(name) == "enabled":
                self.start(name)


def _files() -> dict[str, dict[str, Any]]:
    found = {}
    for folder in FOLDERS:
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            if "." in name and os.path.isfile(f"{folder}/{name}"):
                found[name] = {"source": f"{folder}/{name}", "sections": guest_quadlet.parse(_text(f"{folder}/{name}"))}
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _start_container(wish: dict[str, Any]) -> str:
    try:
        with store(write=True) as opened:
            guest_run.create(
                opened, {key: value for key, value in wish.items() if key != "pull"}, pull=wish["pull"], replace=True
            )
    except SystemExit:
        return "its container could not be made"
    return ""


def _start_program(sections: dict[str, dict[str, list[str]]]) -> str:
    for line in sections.get("Service", {}).get("ExecStart", []):
        program = line.lstrip("@-:+!").split()[0]
        if program.startswith("/") and not os.path.exists(program):
            return "203/EXEC"
        if os.path.basename(program) == "false":
            return "its program failed"
    return ""
