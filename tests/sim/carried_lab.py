"""A stack that every runtime of a Mac can carry, where what is in its volume really lies, and where it runs now."""

import hashlib
import json
from pathlib import Path
from typing import Any

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.native_lab import pid
from tests.sim.runs import fleet, guest, lab_file

MAC = "mac-01"
DOCKER, PODMAN, NATIVE, APPLE = "docker", "podman-libkrun", "native", "apple-container"
SERVE = (
    "my $s = IO::Socket::INET->new(LocalAddr => shift, LocalPort => shift, Listen => 5, ReuseAddr => 1) or die;"
    "while (my $c = $s->accept) { open my $f, '<', $ARGV[0]; print $c qq(HTTP/1.0 200 OK\\r\\n\\r\\n), <$f>; close $c }"
)
"""A program that answers with what a file of its volume says: without its data it does not work."""
FILL = """set -e
mkdir -p sub lost+found; head -c 300000 /dev/urandom >sub/random; chmod 640 sub/random; ln -s sub/random link
: >empty; echo two >page; cp page 'with blank'; chmod 770 sub; ln sub/random hard; truncate -s 1M sparse"""


def wish(lab: SimulatedLab, runtime: str, port: int, *, ill: bool = False) -> str:
    """The lab file that has the stack on a runtime, well or `ill`; its path."""
    page = "{volume:/data}/nowhere" if ill else "{volume:/data}/page"
    words = ["/usr/bin/perl", "-MIO::Socket::INET", "-e", SERVE, "{host:80}", "{port:80}", page]
    web: dict[str, Any] = {
        "image": f"docker.io/library/nginx:{'ill' if ill else '1'}",
        "ports": [f"{port}:80"],
        "volumes": ["notes:/data"],
        "secrets": {"TOKEN": "notes-token"},
        "health": {"command": "true"},
        "ready_timeout": "3s",
        "native": {"formula": "llama.cpp", "program": words, "health": "curl -fsS http://{at:80}/ | grep -q two"},
    }
    stacks = [{"name": "notes", "runtime": runtime, "containers": {"web": web}}]
    machine = {"cpus": 2, "memory": "2GiB", "disk": "20GiB"}
    return lab_file(lab, runtime=DOCKER, stacks=stacks, machine=machine)


def place(mac: SimulatedMac, runtime: str) -> Path:
    """The folder of the volume `notes`."""
    if runtime == NATIVE:
        return mac.home / ".local/share/carbon-fleet/native/notes/notes"
    if runtime in (APPLE, DOCKER):
        return mac.shared / ("apple" if runtime == APPLE else "docker") / "notes"
    disks = (mac.home / ".local/share/containers/podman/machine").glob("*/carbon-arm64.raw")
    with next(disks, Path("/dev/null")).open(errors="replace") as said:
        root = mac.state.mac(mac.name) / "vms" / (said.readline().split() or ["", "none"])[1] / "root"
    return root / "var/lib/containers/storage/volumes/notes/_data"


def content(mac: SimulatedMac, runtime: str) -> str:
    """Every path, kind, mode and byte of it; "" where it is not."""
    root, told = place(mac, runtime), hashlib.sha256()
    for path in sorted(root.rglob("*")):
        mode = 0 if path.is_symlink() else path.stat().st_mode & 0o777
        data = str(path.readlink()).encode() if path.is_symlink() else path.read_bytes() if path.is_file() else b""
        if path.name != "lost+found":
            told.update(f"{path.relative_to(root)} {path.is_dir()} {mode:o} {len(data)} ".encode() + data)
    return told.hexdigest() if root.exists() else ""


def runs_on(lab: SimulatedLab) -> list[str]:
    """The runtimes in which it runs now."""
    mac = lab.mac(MAC)
    apple, docker = ((mac.shared / name) for name in ("apple.json", "engines.json"))
    boxes = json.loads(apple.read_text())["containers"] if apple.exists() else {}
    found = [APPLE] if boxes.get("notes-web", {}).get("state") == "running" else []
    found += [NATIVE] if pid(mac, "notes-web") else []
    box = json.loads(docker.read_text()).get("docker", {}).get("containers", {}).get("notes-web", {})
    found += [DOCKER] if (box.get("state"), box.get("health")) == ("running", "healthy") else []
    if not place(mac, PODMAN).exists():
        return found
    listed = guest(lab, MAC, "podman ps --filter name=notes-web --format '{{.Names}} {{.Status}}'").stdout
    return [*found, *([PODMAN] if "notes-web" in listed and "(healthy)" in listed else [])]


def failure(file: str) -> dict[str, Any]:
    """What an apply that may move it fails with."""
    (one,) = fleet("apply", file, "--allow-move", MAC, expect=4)["macs"][0]["failures"]
    return dict(one)
