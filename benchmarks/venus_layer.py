"""What a GPU costs an image: the Venus layer, built once and mounted, beside Mesa built inside the image.

`sudo .venv/bin/python -m benchmarks.venus_layer` ends with one line: seconds and bytes, first and second build, of both
ways. The other way is what the carbon suite's own recipe does: the compiler, the libraries of X11 and Wayland, and Mesa
with a window system, in layers on top of the image. Both build the same release of Mesa, on the same base, which
stands for the big images; neither has the base's own bytes counted.
"""

import io
import json
import shlex
import subprocess
import sys
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.llama_lab import fleet
from carbon_fleet.sim.lab import SimulatedLab

SECONDS = 3600
IMAGES = 3
"""The suite's big images that need a GPU: base, compute, tools."""
_INSIDE = "localhost/inside"
_PACKAGES = """build-essential git ninja-build pkg-config python3-mako python3-yaml python3-packaging python3-venv \\
    xz-utils bison flex libdrm-dev libxcb-dri3-dev libxcb-present-dev libxshmfence-dev libxxf86vm-dev libxrandr-dev \\
    libexpat1-dev libxdamage-dev libxfixes-dev libx11-xcb-dev libxcb-glx0-dev libxcb-shm0-dev libxcb-dri2-0-dev \\
    libxcb-sync-dev libxcb-keysyms1-dev libxcb-randr0-dev libxcb-xfixes0-dev wayland-protocols \\
    libwayland-egl-backend-dev libwayland-dev libxext-dev zlib1g-dev libelf-dev curl"""
# The suite clones a branch that is gone; a distribution's meson is too old for any Mesa that works on a Mac, and Debian
# 12's wayland-protocols for Mesa 25: so X11 alone is built, though the suite's recipe builds both.
_CONTAINERFILE = f"""ARG BASE
FROM ${{BASE}}
RUN apt-get update && apt-get install -y --no-install-recommends {_PACKAGES} && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv --system-site-packages /opt/meson && /opt/meson/bin/pip install meson==1.12.1
ARG URL
RUN mkdir /tmp/mesa && curl -fsS "$URL" | tar -xJ -C /tmp/mesa --strip-components=1 && cd /tmp/mesa \\
 && /opt/meson/bin/meson setup build -Dvulkan-drivers=virtio -Dgallium-drivers= -Dplatforms=x11 \\
    -Dbuildtype=release -Dprefix=/usr -Dglx=disabled -Dopengl=false -Dgles1=disabled -Dgles2=disabled -Dllvm=disabled \\
 && ninja -C build && ninja -C build install && ldconfig && rm -rf /tmp/mesa
"""
_BUILD = f"""set -eu
folder=$(mktemp -d /var/tmp/inside.XXXXXX)
tar -x -C "$folder"
set -- --build-arg "BASE=$1" --build-arg "URL=$2"
podman build --quiet --layers --network=host "$@" --tag {_INSIDE} "$folder" >/dev/null
"""


@dataclass(frozen=True)
class Way:
    """One way to a GPU: seconds of the first and the second build, and the bytes each adds."""

    first: float
    second: float
    added: int


def _guest(lab: SimulatedLab, line: str, stdin: bytes = b"") -> str:
    """Run a line in the virtual machine as root; what it prints. Raises where it fails."""
    there = f"/opt/homebrew/bin/podman machine ssh --username root carbon {shlex.quote(line)}"
    command = [*lab.mac("mac-01").ssh_command(), there]
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, check=True, timeout=SECONDS).stdout.decode()


def _size(lab: SimulatedLab, image: str) -> int:
    return int(_guest(lab, f"podman image inspect --format '{{{{.Size}}}}' {image}"))


def layer(lab: SimulatedLab, file: str) -> Way:
    """The layer by `carbon-fleet apply`, then the same again after its name was taken away."""
    first = _built(file)
    tag = _guest(
        lab, "podman images --format '{{.Repository}}:{{.Tag}}' --filter reference=localhost/carbon-fleet/venus"
    )
    size = _size(lab, tag.strip())
    _guest(lab, f"podman untag {tag.strip()}")
    return Way(first, _built(file), size)


def _built(file: str) -> float:
    (mac,) = fleet("apply", "--yes", file, seconds=SECONDS)["macs"]
    return float(sum(result["seconds"] for result in mac["results"] if result["address"] == "image.venus"))


def inside(lab: SimulatedLab, base: str, url: str) -> Way:
    """Mesa and all it takes on top of the base, twice."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        info = tarfile.TarInfo("Containerfile")
        info.size = len(_CONTAINERFILE.encode())
        tar.addfile(info, io.BytesIO(_CONTAINERFILE.encode()))
    first, second = (_timed(lab, base, url, archive.getvalue()) for _ in range(2))
    return Way(first, second, _size(lab, _INSIDE) - _size(lab, base))


def _timed(lab: SimulatedLab, base: str, url: str, context: bytes) -> float:
    began = time.monotonic()
    _guest(lab, f"sh -c {shlex.quote(_BUILD)} sh {base} {url}", context)
    return time.monotonic() - began


def _wish(lab: SimulatedLab) -> tuple[str, dict[str, str]]:
    """The lab's file with the layer alone, and what the layer is made from."""
    document = yaml.safe_load(lab.file.read_text())
    venus = document["defaults"]["images"]["venus"]
    document["defaults"] |= {"stacks": [], "images": {"venus": venus}}
    path = lab.file.with_name("lab-of-the-layer.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path), {"base": venus["base"], "url": venus["args"]["MESA_URL"]}


def main() -> int:
    """Measure both ways in one virtual machine and print the line."""
    with tempfile.TemporaryDirectory() as name, SimulatedLab.up(vm="real", state=Path(name)) as lab:
        file, made = _wish(lab)
        ours = layer(lab, file)
        theirs = inside(lab, made["base"], made["url"])
    sys.stdout.write(json.dumps({"layer": vars(ours), "inside": vars(theirs)}) + "\n")
    sys.stdout.write(
        f"venus_layer: layer {ours.first:.0f} s, again {ours.second:.1f} s, {ours.added / 1e6:.1f} MB once for all; "
        f"inside each image {theirs.first:.0f} s, again {theirs.second:.1f} s, {theirs.added / 1e6:.0f} MB "
        f"({IMAGES} images: {IMAGES * theirs.first:.0f} s, {IMAGES * theirs.added / 1e6:.0f} MB)\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
