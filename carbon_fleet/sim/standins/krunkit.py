"""krunkit: the VM's process. Serves podman's REST endpoint and holds the VM's life line to the supervisor."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time

from . import supervisor_line
from .argv0 import show_as
from .disk import consume_fault, fail, fault, journal, read_json

_WITH_VALUE = {
    "--cpus": "",
    "--memory": "",
    "--bootloader": "",
    "--device": "",
    "--restful-uri": "",
    "--oem-string": "",
    "--krun-log-level": "",
    "--pidfile": "1.0.0",
    "--log-file": "1.1.0",
    "--firmware-path": "1.2.0",
    "--timesync": "1.2.0",
    "-c": "",
    "-m": "",
}
"""Option → the version it came with (krunkit's releases)."""
_NEEDS = ("libkrun", "libkrunfw", "libepoxy")
_NEEDED_BEFORE_1_2 = ("libkrun-efi", "libepoxy")
IN_PKG = "1.3.2"
"""What podman's own installer brings in /opt/podman, with its libraries beside it."""


def version() -> str:
    """The version of the keg this program lies in."""
    parts = os.path.realpath(sys.argv[0]).split("/")
    if parts[-1] == "vfkit":
        return "99"
    return parts[parts.index("krunkit") + 1] if "Cellar" in parts else IN_PKG


def main(argv: list[str]) -> int:
    """Run until the VM ends."""
    _load_libraries()
    if "--version" in argv:
        journal(argv)
        sys.stdout.write(f"krunkit {version()}\n")
        return 0
    options = _parse(argv[1:])
    if int(options["--memory"][0]) > 61440:
        fail("Error: the amount of RAM is larger than the maximum of 61440 MiB", 1)
    journal(argv)
    consume_fault("krunkit-memory")  # a new process begins with what it needs
    show_as([os.environ.get("SIM_ARGV0", argv[0]), *argv[1:]])
    return _Machine(options).run()


def _load_libraries() -> None:
    if "Cellar" not in os.path.realpath(sys.argv[0]) or version() == "99":
        return
    for name in _NEEDED_BEFORE_1_2 if _older("1.2.0") else _NEEDS:
        if not os.path.exists(f"/opt/homebrew/opt/{name}"):
            sys.stderr.write(f"dyld[{os.getpid()}]: Library not loaded: /opt/homebrew/opt/{name}/lib/{name}.dylib\n")
            sys.stderr.flush()
            os.kill(os.getpid(), signal.SIGABRT)


def _older(than: str) -> bool:
    numbers = [[int(part) for part in text.split(".")] for text in (version(), than or "0")]
    return numbers[0] < numbers[1]


def _parse(argv: list[str]) -> dict[str, list[str]]:
    options: dict[str, list[str]] = {}
    pending = list(argv)
    while pending:
        name = pending.pop(0)
        if name in ("--gui", "--nested", "-n") and not (name != "--gui" and _older("0.2.0")):
            continue
        if name not in _WITH_VALUE or _older(_WITH_VALUE[name]):
            fail(
                f"error: unexpected argument '{name}' found\n\nUsage: krunkit [OPTIONS] --cpus <CPUS> --memory "
                "<MEMORY>",
                2,
            )
        options.setdefault(name, []).append(pending.pop(0) if pending else "")
    for name in ("--cpus", "--memory"):
        if name not in options:
            fail(f"error: the following required arguments were not provided:\n  {name} <{name[2:].upper()}>", 2)
    return options


class _Machine:
    def __init__(self, options: dict[str, list[str]]) -> None:
        self.options = options
        self.devices = [device.split(",") for device in options.get("--device", [])]
        host, _, port = options["--restful-uri"][0].removeprefix("tcp://").partition(":")
        self.rest = socket.create_server((host, int(port)), backlog=16)
        self.line = supervisor_line.connect()

    def run(self) -> int:
        supervisor_line.send(self.line, op="boot", **self._wish())
        while fault("start-hangs"):
            time.sleep(0.2)
        booted = False
        while True:
            for ready in select.select([self.rest, self.line], [], [])[0]:
                if ready is self.rest:
                    self._serve()
                    continue
                answer = supervisor_line.receive(self.line)
                if not answer or "error" in answer:
                    sys.stderr.write(f"{answer.get('error', '')}\n")
                    return 0 if booted and not answer else 1
                booted = True
                self._tell_ready()

    def _wish(self) -> dict[str, object]:
        disk = self._device("virtio-blk", "path")
        name = disk.rpartition("/")[2].removesuffix("-arm64.raw")
        home = os.environ.get("SIM_MACHINE_CONFIG") or os.path.expanduser("~/.config/containers/podman/machine/libkrun")
        machine = read_json(f"{home}/{name}.json", {})
        with open(disk, errors="replace") as raw:
            mark, _, number = raw.read(64).split("\n")[0].partition(" ")
        with open(machine["SSH"]["IdentityPath"] + ".pub") as key:
            public = key.read().strip()
        if mark != "CARBON-SIM-DISK":
            fail(f"Error: {disk} holds no system this lab can boot", 1)
        return {
            "name": name,
            "disk": number,
            "authorized_key": public,
            "cpus": int(self.options["--cpus"][0]),
            "memory_mib": int(self.options["--memory"][0]),
            "rootful": machine["HostUser"]["Rootful"],
            "provider": os.environ.get("SIM_PROVIDER", "libkrun"),
            "mounts": machine["Mounts"],
        }

    def _device(self, kind: str, key: str, **having: str) -> str:
        for device in self.devices:
            pairs = dict(part.partition("=")[::2] for part in device[1:])
            if device[0] == kind and all(pairs.get(name) == value for name, value in having.items()):
                return pairs.get(key, "")
        return ""

    def _tell_ready(self) -> None:
        path = self._device("virtio-vsock", "socketURL", port="1025")
        try:
            with socket.socket(socket.AF_UNIX) as ready:
                ready.connect(path)
                ready.sendall(b"Ready\n")
        except OSError:
            pass  # nobody waits any more: podman was killed while it waited

    def _serve(self) -> None:
        client = self.rest.accept()[0]
        with client:
            while fault("machine-inspect-hangs"):
                time.sleep(0.2)
            request = client.recv(8192).decode(errors="replace")
            if fault("machine-inspect-garbage"):
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n<html>\n")
            elif request.startswith("POST"):
                client.sendall(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
                supervisor_line.ask(op="stop", hard="HardStop" in request)
            else:
                body = json.dumps({"state": "VirtualMachineStateRunning", "canStop": True})
                client.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
