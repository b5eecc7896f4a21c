"""A lab with the carbon suite on a real VM: what it wishes, and a way into the VM and to its published ports."""

import json
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.ports import free_port
from operations.stack.wish import definition

NAME = "carbon-compute"
IMAGE = f"docker.io/wisejnrs/{NAME}-macos"
PORTS = {"novnc": 6900, "vnc": 5900, "rdp": 3390, "ssh": 2222, "jupyter": 8888, "code-server": 9999}
PORTS |= {"postgres": 5432, "redis": 6379, "mosquitto": 1883}
LACKING = {"spark": False}
"""What the simulated images have not, and the suite's have on."""


def write(lab: SimulatedLab, image: str, services: Mapping[str, bool]) -> str:
    """The lab's file with carbon-compute, copied as docs/stacks.md says, and a stack beside it; its path.

    Without the GPU: the driver would be compiled first, and its mount has tests of its own.
    """
    document = yaml.safe_load(lab.file.read_text())
    defaults = document["defaults"]
    defaults.pop("images")
    beside = {"image": image, "entrypoint": ["sleep", "infinity"]}
    defaults["stacks"] = [
        {"name": NAME, "containers": {NAME: copied(image)}, "services": {**LACKING, **services}},
        {"name": "beside", "containers": {"beside": beside}},
    ]
    defaults["secrets"] = {"vnc-password": {"length": 8}}
    path = lab.file.with_name("carbon.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path)


def copied(image: str) -> dict[str, Any]:
    """The project's own container with another image, as a lab file writes it in place."""
    whole = json.loads(definition(NAME, {"image": image}).model_dump_json(exclude_defaults=True))
    return {**whole["containers"][NAME], "gpu": "none"}


class Inside:
    """Root's shell in the VM."""

    def __init__(self, lab: SimulatedLab) -> None:
        port = lab.status()["macs"][0]["vm_port"]
        key = lab.mac("mac-01").home / ".local/share/containers/podman/machine/machine"
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"]
        words = [word for option in options for word in ("-o", option)]
        self._ssh = ["ssh", "-F", "/dev/null", *words, "-i", str(key), "-p", str(port)]

    def run(self, line: str, stdin: str = "", expect: int | None = 0) -> str:
        """What a line of shell says. Asserts its exit status `expect`."""
        argv = [*self._ssh, "root@127.0.0.1", line]
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=300, check=False)
        assert expect is None or done.returncode == expect, f"{line}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def inside(self, line: str, stdin: str = "", user: str = "carbon", expect: int | None = 0) -> str:
        """The same in the carbon container."""
        return self.run(f"podman exec -i -u {user} {NAME} bash -c {shlex.quote(line)}", stdin, expect)

    def container(self, name: str) -> str:
        """The id of the container that runs by this name."""
        return self.run(f"podman inspect --format '{{{{.Id}}}}' {name}")

    @contextmanager
    def ports(self, *names: str) -> Iterator[dict[str, int]]:
        """Ports of 127.0.0.1 here for the VM's published ones, as long as it is open."""
        here = {name: free_port() for name in names}
        forwards = [word for name, port in here.items() for word in ("-L", f"127.0.0.1:{port}:127.0.0.1:{PORTS[name]}")]
        argv = [*self._ssh, "-N", "-o", "ExitOnForwardFailure=yes", *forwards, "root@127.0.0.1"]
        tunnel = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            _until_open(tunnel, next(iter(here.values())))
            yield here
        finally:
            tunnel.terminate()
            tunnel.wait(timeout=30)


def _until_open(tunnel: "subprocess.Popen[str]", port: int) -> None:
    wanted, deadline = f":{port:04X} ", time.monotonic() + 60
    while not any(wanted in line and " 0A " in line for line in Path("/proc/net/tcp").read_text().splitlines()):
        assert tunnel.poll() is None, tunnel.stderr and tunnel.stderr.read()
        assert time.monotonic() < deadline, "the tunnel did not open"
        time.sleep(0.05)
