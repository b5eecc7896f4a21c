"""The lab's own services on 127.0.0.1: a container registry with the base image, and a mirror of files.

They live as long as the process that started them.
"""

import functools
import http.server
import json
import secrets
import subprocess
import threading
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

from carbon_fleet.sim import base_image, mirror, network, processes, rootfs, tool
from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.vm import VMError

_READY_SECONDS = 20


@dataclass(frozen=True)
class LabServices:
    """Where a lab's services are, and what the registry serves."""

    registry_port: int
    """On 127.0.0.1; guests reach it as docker.io and quay.io."""
    mirror_port: int
    base_digest: str
    """sha256:… of the manifest of docker.io/library/debian:bookworm in this registry."""

    @property
    def mirror_url(self) -> str:
        """The mirror of files as guests, builds and containers see it."""
        return f"http://{network.HOST_ADDRESS}:{self.mirror_port}"

    @property
    def base_reference(self) -> str:
        """The base image by digest, as a Containerfile names it."""
        return f"docker.io/library/debian:bookworm@{self.base_digest}"


class Registry:
    """A container registry on 127.0.0.1:port, whose blobs are in `directory`; it lives as long as this process.

    `logins` are the lines of an htpasswd file (bcrypt); without any, everybody may push and pull.
    """

    def __init__(self, directory: Path, port: int, logins: str = "") -> None:
        self._directory, self.port, self._logins = directory, port, logins
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers. Raises VMError."""
        blobs = self._directory / "registry"
        blobs.mkdir(parents=True, exist_ok=True)
        (blobs / "config.yml").write_text(_configuration(self.port, self._logins != ""))
        if self._logins:
            (blobs / "htpasswd").write_text(self._logins)
        serve = tool.command(
            rootfs.root(rootfs.GUEST),
            ["docker-registry", "serve", "/run/registry/config.yml"],
            folders={"/run/registry": blobs},
        )
        plan = self._directory / "registry.plan.json"
        log = self._directory / "registry.log"
        plan.write_text(json.dumps({"log": str(log), "main": serve}))
        self._running = subprocess.Popen(processes.keeper(plan), stdin=subprocess.PIPE, start_new_session=True)
        _wait(f"http://127.0.0.1:{self.port}/v2/", log)

    def kill(self) -> None:
        """Kill it in the middle of whatever it does; `start` starts it again."""
        if self._running:
            self._running.kill()
            self._running.wait(timeout=10)
        self._running = None

    def stop(self) -> None:
        """End it; its blobs stay. No error when it does not run."""
        if self._running and self._running.stdin:
            self._running.stdin.close()
            self._running.wait(timeout=10)
        self._running = None


class Services:
    """The running services of one lab. `directory` holds the registry's blobs and `services.json`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._registry: Registry | None = None
        self._mirror: http.server.ThreadingHTTPServer | None = None

    def start(self) -> LabServices:
        """Start both on free ports, push the base image, and return (and write) where they are. Raises VMError."""
        self._directory.mkdir(parents=True, exist_ok=True)
        registry_port = free_port()
        self._registry = Registry(self._directory, registry_port)
        self._registry.start()
        digest = base_image.push(f"http://127.0.0.1:{registry_port}", "library/debian", "bookworm")
        services = LabServices(registry_port, self._start_mirror(), digest)
        facts = asdict(services) | {"mirror_url": services.mirror_url, "base_reference": services.base_reference}
        (self._directory / "services.json").write_text(json.dumps(facts, indent=2) + "\n")
        return services

    def stop(self) -> None:
        """End both. No error when they do not run."""
        if self._mirror:
            self._mirror.shutdown()
            self._mirror.server_close()
        if self._registry:
            self._registry.stop()
        self._mirror = self._registry = None

    def _start_mirror(self) -> int:
        handler = functools.partial(_Quiet, directory=str(mirror.directory()))
        self._mirror = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._mirror.serve_forever, daemon=True, name="lab-mirror").start()
        return int(self._mirror.server_address[1])


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the lab's output is the user's."""


def _configuration(port: int, closed: bool) -> str:
    settings: dict[str, object] = {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {"filesystem": {"rootdirectory": "/run/registry"}},
        "http": {"addr": f"127.0.0.1:{port}", "secret": secrets.token_hex(16)},
    }
    if closed:
        settings["auth"] = {"htpasswd": {"realm": "lab", "path": "/run/registry/htpasswd"}}
    return json.dumps(settings)


def _wait(url: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except urllib.error.HTTPError:
            return  # it asks who we are
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    last = log.read_text(errors="replace")[-500:] if log.exists() else ""
    raise VMError(f"the lab's registry did not answer at {url} within {_READY_SECONDS} s; the end of {log}:\n{last}")
