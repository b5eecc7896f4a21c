"""Plain base images of several distributions in one stack, each with the Venus layer mounted, asked what they compute.

The program is a small one of glibc alone (tests/fixtures/vulkan-job): a plain image has neither Python nor the loader.
"""

import base64
import hashlib
import io
import json
import subprocess
import tarfile
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from filelock import FileLock

from carbon_fleet.plan import Command, shell
from carbon_fleet.sim import host
from carbon_fleet.sim.emulated.builder import Builder
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.registry import Services
from tests.sim.plain_bases import Base, packed

JOB = Path(__file__).parents[1] / "fixtures" / "vulkan-job"
TOOL = "/var/lib/vulkan-job"
"""Where the machine keeps the program; containers see it as /tool."""
VENUS = 22
"""VK_DRIVER_ID_MESA_VENUS."""
_INTO = "/opt/homebrew/bin/podman machine ssh --username root carbon"
_STAY = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"
_BUILD = """set -eu
folder=$(mktemp -d)
base64 -d | tar -x -C "$folder"
podman build --quiet --network=host --build-arg "BASE=$1" --tag localhost/vulkan-job "$folder" >/dev/null
podman cp "$(podman create localhost/vulkan-job):/tool/." "$folder/tool"
tar -c -C "$folder/tool" . | base64
"""


def bring_in(lab: SimulatedLab, bases: list[Base], timeout: float = 600) -> None:
    """Import each base into the machine under its reference; images say to render on the CPU, as carbon's do."""
    for base in bases:
        words = f"podman import --change ENV=LIBGL_ALWAYS_SOFTWARE=1 - {base.reference}"
        with packed(base).open("rb") as source:
            _stream(lab, words, source, timeout)


def bring_job(lab: SimulatedLab) -> None:
    """Lay the program where containers find it."""
    with job_tar().open("rb") as source:
        _stream(lab, f"rm -rf {TOOL} && mkdir -p {TOOL} && tar -x -C {TOOL}", source, 120)


def job_tar() -> Path:
    """The program and the Vulkan loader as a tar, built once, at this machine's own speed, and kept."""
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for path in sorted(JOB.iterdir()):
            archive.addfile(_named(path), path.open("rb"))
    target = host.cache_directory() / f"vulkan-job-{hashlib.sha256(context.getvalue()).hexdigest()[:12]}.tar"
    with FileLock(target.with_suffix(".lock")):
        if not target.exists():
            target.write_bytes(_built(base64.b64encode(context.getvalue()).decode()))
    return target


def _named(path: Path) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path.name)
    info.size = path.stat().st_size
    return info


def _built(context: str) -> bytes:
    with tempfile.TemporaryDirectory(dir=host.cache_directory(), prefix=".job-") as name:
        running = Services(Path(name) / "services")
        try:
            services = running.start()
            with Builder(Path(name), services) as builder:
                argv = shell(_BUILD, services.base_reference)
                return base64.b64decode(builder.run(Command(argv, stdin=context, deadline=600, says="build the job")))
        finally:
            running.stop()


def _stream(lab: SimulatedLab, words: str, source: Any, timeout: float) -> None:
    quoted = words.replace("'", "'\\''")
    command = [*lab.mac("mac-01").ssh_command(), f"{_INTO} '{quoted}'"]
    done = subprocess.run(command, input=source.read(), capture_output=True, timeout=timeout, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]


def stack(bases: list[Base]) -> dict[str, Any]:
    """A stack with a container of each base."""
    return {"name": "bases", "containers": {base.name: _container(base) for base in bases}}


def _container(base: Base) -> dict[str, Any]:
    stay, tool = ["sh", "-c", _STAY], [f"{TOOL}:/tool:ro,z"]
    return {"image": base.reference, "gpu": "venus", "command": stay, "volumes": tool}


def wish(lab: SimulatedLab, bases: list[Base], **more: Any) -> str:
    """A copy of the lab's file with the stack besides what it has; its path."""
    document = yaml.safe_load(lab.file.read_text())
    defaults = document["defaults"]
    defaults |= {"stacks": [*defaults["stacks"], stack(bases)], **more}
    path = lab.file.with_name("lab-with-bases.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path)


def ask(lab: SimulatedLab, base: Base, what: str, seconds: int = 20) -> dict[str, Any]:
    """What the program tells in the container of `base`: `devices`, or `compute` as well."""
    line = f"podman exec bases-{base.name} /tool/job {what} {seconds}"
    ran = lab.mac("mac-01").ssh(f"{_INTO} '{line}'", timeout=seconds + 100)
    assert ran.returncode == 0, f"{base.name}: {ran.returncode} {ran.stdout}{ran.stderr}"
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def sees_the_mounted_driver(found: dict[str, Any]) -> None:
    """A Venus device of our own driver, the layer's libdrm (a plain image has none) and the image's own libz."""
    assert found["driver_id"] == VENUS
    assert found["device"].startswith("Virtio-GPU Venus (")
    assert "+16k" in found["driver_info"], "the driver must be the one our image built"
    libraries = {path.rpartition("/")[2]: str(PurePosixPath(path)) for path in found["libraries"]}
    assert libraries["libvulkan_virtio.so"] == "/opt/venus/libvulkan_virtio.so"
    assert libraries["libdrm.so.2"] == "/opt/venus/lib/libdrm.so.2"
    assert libraries["libz.so.1"].startswith("/usr/lib"), "what an image has itself is taken"


def computes(found: dict[str, Any]) -> None:
    """Every number is right."""
    assert (found["elements"], found["wrong"]) == (1 << 20, 0)
