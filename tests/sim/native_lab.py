"""A lab whose stacks run on its Macs themselves, which share this machine's loopback: each has ports of its own."""

import hashlib
import socket
from pathlib import Path
from typing import Any

import yaml

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac

LABEL = "io.carbon-fleet.native"
WEIGHTS = b"GGUF, modelled" * 64


def free_ports(count: int) -> list[int]:
    """Ports that nobody has now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return found


def shop(port: int, **environment: str) -> dict[str, Any]:
    """A stack written in place: it listens, has a volume and a secret in a variable, and says nothing of its health."""
    words = ["--host", "{host:80}", "--port", "{port:80}", "--model", "{volume:/models/weights}", "--device", "none"]
    web = {
        "image": "docker.io/library/nginx:1",
        "ports": [f"{port}:80"],
        "volumes": ["data:/data"],
        "models": ["weights"],
        "secrets": {"TOKEN": "shop-token"},
        "environment": {"PRICE": "5$", **environment},
        "native": {"formula": "llama.cpp", "program": ["llama-server", *words]},
    }
    return {"name": "shop", "containers": {"web": web}}


def lab_file(lab: SimulatedLab, stacks: dict[str, list[Any]], name: str = "native.yml") -> str:
    """A copy of the lab's file in which these Macs have these stacks, natively; its path."""
    model = Path(lab.file).with_name("weights.gguf")
    model.write_bytes(WEIGHTS)
    said = {"url": str(model), "sha256": hashlib.sha256(WEIGHTS).hexdigest()}
    document = yaml.safe_load(Path(lab.file).read_text())
    document["defaults"] |= {"runtime": "native", "models": {"weights": said, "tinyllama": dict(said)}}
    for mac, wished in stacks.items():
        document["macs"][mac]["stacks"] = wished
    path = Path(lab.file).with_name(name)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path)


def pid(mac: SimulatedMac, job: str) -> str:
    """The process of a program; empty while it does not run."""
    said = mac.ssh(f"launchctl print gui/501/{LABEL}.{job}").stdout
    return next((line.split("= ")[1] for line in said.splitlines() if line.startswith("\tpid = ")), "")
