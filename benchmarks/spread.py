"""Rolling an image out to a lab of simulated Macs with real machines, in three ways: built on every Mac, built once and
streamed from Mac to Mac, built once and pulled from the lab's registry.

`sudo .venv/bin/python -m benchmarks.spread [MACS] [MB]` (5 Macs, 1000 MB) prints a line for each: the seconds of the
rollout; the bytes that all machines fetched meanwhile, by their own network's count, to which ssh from this machine
does not belong; and the bytes that were brought to those that did not build. The image is Debian and noise; its build
computes for a while. All Macs share this machine's processors: real ones build beside each other at no cost of time.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from carbon_fleet import assets
from carbon_fleet.sim import network
from carbon_fleet.sim.lab import SimulatedLab

COMPUTES = "i=0; while [ $i -lt 20 ]; do head -c 100000000 /dev/zero | sha256sum >/dev/null; i=$((i+1)); done"
CONTAINERFILE = f"ARG BASE\nFROM ${{BASE}}\nRUN {COMPUTES}\nRUN head -c %d /dev/urandom >/noise\n"
DEFINITION = "description: Debian and noise.\nargs: {BASE: none}\n"
SYSTEM = 131_000_000
"""Bytes of the base image, unpacked."""
FETCHED = "cat /sys/class/net/[!l]*/statistics/rx_bytes | head -n 1"

SIZE = "podman image inspect --format '{{.Size}}' $(podman images -q localhost/carbon-fleet/noise)"


def main(macs: int, megabytes: int) -> None:
    """Measure each way, each in a lab of its own."""
    with tempfile.TemporaryDirectory(prefix="carbon-spread-") as name:
        project = _project(Path(name) / "project", megabytes * 1_000_000 - SYSTEM)
        for way, wish in WAYS.items():
            found = _rollout(Path(name) / way.replace(" ", "-"), project, macs, wish)
            print(
                f"spread: {macs} Macs, image of {found['image_bytes'] / 1e6:.0f} MB, {way}: {found['seconds']:.0f} s, "
                f"{found['fetched'] / 1e6:.0f} MB fetched, {found['moved'] / 1e6:.0f} MB brought, load {_load()}",
                flush=True,
            )


WAYS: dict[str, dict[str, Any]] = {
    "built on each": {},
    "built once and streamed": {"build_on": "mac-01"},
    "built once and pulled": {"build_on": "mac-01", "registry": {"insecure": True}},
}


def _load() -> str:
    return Path("/proc/loadavg").read_text().split()[0]


def _project(folder: Path, noise: int) -> Path:
    shutil.copytree(assets.root() / "files", folder / "files", ignore=shutil.ignore_patterns("images", "stacks"))
    (folder / "files" / "stacks").mkdir()
    image = folder / "files" / "images" / "noise"
    image.mkdir(parents=True)
    (image / "Containerfile").write_text(CONTAINERFILE % noise)
    (image / "image.yml").write_text(DEFINITION)
    shutil.copy(assets.root() / "deploy.py", folder)
    return folder


def _rollout(state: Path, project: Path, macs: int, more: dict[str, Any]) -> dict[str, Any]:
    with SimulatedLab.up(macs=macs, vm="real", state=state) as lab:
        services = json.loads((lab.state.directory / "services" / "services.json").read_text())
        bare: dict[str, Any] = {"stacks": [], "images": {}}
        if "registry" in more:
            at = f"{network.HOST_ADDRESS}:{services['registry_port']}/carbon"
            more = {**more, "registry": {**more["registry"], "at": at}}
        _apply(lab, project, bare)
        before = _fetched(lab)
        began = time.monotonic()
        report = _apply(
            lab, project, bare | {"images": {"noise": {"args": {"BASE": services["base_reference"]}}}} | more
        )
        seconds = time.monotonic() - began
        spread = [entry for mac in report["macs"] for entry in mac["measured"].get("spread", [])]
        ids = {_inside(lab, mac.name, "podman images -q --no-trunc localhost/carbon-fleet/noise") for mac in lab.macs}
        if more and len(ids) != 1:
            raise SystemExit(f"the Macs have different images: {ids}")
        return {
            "seconds": seconds,
            "fetched": _fetched(lab) - before,
            "moved": sum(entry["moved_bytes"] for entry in spread),
            "image_bytes": int(_inside(lab, "mac-01", SIZE)),
        }


def _apply(lab: SimulatedLab, project: Path, wish: dict[str, Any]) -> dict[str, Any]:
    document = yaml.safe_load(lab.file.read_text())
    document["defaults"] |= wish
    file = lab.file.with_name("wish.yml")
    file.write_text(yaml.safe_dump(document))
    line = [sys.executable, "-m", "benchmarks.spread", "apply", str(project), str(file)]
    ran = subprocess.run(line, stdout=subprocess.PIPE, stderr=sys.stderr, text=True, check=False)
    if ran.returncode != 0:
        raise SystemExit(f"the rollout failed: {ran.stdout[-2000:]}")
    return dict(json.loads(ran.stdout))


def _fetched(lab: SimulatedLab) -> int:
    return sum(int(_inside(lab, mac.name, FETCHED)) for mac in lab.macs)


def _inside(lab: SimulatedLab, mac: str, line: str) -> str:
    quoted = line.replace("'", "'\\''")
    ran = lab.mac(mac).ssh(f"/opt/homebrew/bin/podman machine ssh --username root carbon '{quoted}'")
    if ran.returncode != 0:
        raise SystemExit(f"{mac}: {ran.stderr}")
    return ran.stdout.strip()


def _child(project: Path, file: Path) -> int:
    """`carbon-fleet apply` over the benchmark's own image, in a process of its own."""
    assets.root = lambda: project  # type: ignore[assignment]
    from carbon_fleet.verbs.apply import apply

    return apply(file, [], [], json=True).exit_code


if __name__ == "__main__":
    if sys.argv[1:2] == ["apply"]:
        sys.exit(_child(Path(sys.argv[2]), Path(sys.argv[3])))
    main(*[int(word) for word in (*sys.argv[1:], *("5", "1000")[len(sys.argv) - 1 :])])
