"""What computes by Vulkan on a simulated Linux host: on the driver that CDI brings, which is lavapipe and says so."""

import json
import shlex
import subprocess
from pathlib import Path
from typing import IO, Any

import yaml

from benchmarks.llama_lab import tiny_model
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.linux_host import SimulatedLinuxHost
from tests.sim.llama_real import ASK, BODY
from tests.sim.notebook_real import CELL
from tests.sim.plain_bases import BASES, packed
from tests.sim.venus_bases import TOOL, job_tar

PLAIN = next(base for base in BASES if base.suite == "trixie")
"""An image as old as the host: the stand-in's library is the host's own, and needs a glibc like it."""
STAY = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"]


def wish(lab: SimulatedLab, name: str, stacks: list[Any], **more: Any) -> str:
    """A copy of the lab's file in which the Linux host has these stacks; its path."""
    document = yaml.safe_load(lab.file.read_text())
    document["macs"][name] |= {"stacks": stacks, **more}
    path = lab.file.with_name("lab-with-vulkan.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path)


def plain() -> dict[str, Any]:
    """A stack of one plain image that is given the GPU and the program, and nothing of Vulkan."""
    container = {"image": PLAIN.reference, "gpu": "cuda", "command": STAY, "volumes": [f"{TOOL}:/tool:ro,z"]}
    return {"name": "plain", "containers": {"plain": container}}


def bring_in(host: SimulatedLinuxHost) -> None:
    """Have the image and the program on the host."""
    with packed(PLAIN).open("rb") as source:
        _stream(host, f"podman import - {PLAIN.reference}", source)
    with job_tar().open("rb") as source:
        _stream(host, f"mkdir -p {TOOL} && tar -x -C {TOOL}", source)


def _stream(host: SimulatedLinuxHost, words: str, source: IO[bytes]) -> None:
    done = subprocess.run([*host.ssh_command("root"), words], stdin=source, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


def computed(host: SimulatedLinuxHost, container: str) -> dict[str, Any]:
    """What the program tells of the numbers it had computed in a container."""
    ran = host.ssh(f"podman exec {container} /tool/job compute 60", user="root")
    assert ran.returncode == 0, ran
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def server(lab: SimulatedLab, name: str, folder: Path) -> str:
    """The lab's file in which the host serves a tiny model, and accepts that a CPU computes; its path."""
    model, sha256 = tiny_model(folder)
    stack = {"name": "llama-server", "settings": {"model": "tiny", "context": 512, "parallel": 2, "port": 18000}}
    models = {"tiny": {"url": model, "sha256": sha256, "size": "3MiB"}}
    return wish(lab, name, [stack], models=models, images=_images(lab, "llama"), accept_software_gpu=True)


def notebook(lab: SimulatedLab, name: str) -> str:
    """The lab's file in which the host has carbon-gpu; its path."""
    return wish(lab, name, ["carbon-gpu"], images=_images(lab, "llama", "carbon-gpu"), accept_software_gpu=True)


def _images(lab: SimulatedLab, *names: str) -> dict[str, Any]:
    services = json.loads((lab.state.directory / "services/services.json").read_text())
    return {name: {"base": services["base_reference"]} for name in names}


def cell(container: str) -> str:
    """The command that computes in Python, as a cell of a notebook does."""
    script = f"DEVICE = 'llvmpipe'\n{CELL}"
    return f"podman exec {container} python -c {shlex.quote(script)}"


def completion(key: str) -> str:
    """The command that asks the server for two tokens."""
    asks = ASK.format(port=18000, head=f"Authorization: Bearer {key}\\r\\n", size=len(BODY), body=BODY)
    return f"bash -c {shlex.quote(asks)}"
