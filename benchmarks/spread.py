"""Rolling an image out to a lab of simulated Macs with real machines: built on every Mac, and built once and spread.

`sudo .venv/bin/python -m benchmarks.spread [MACS]` (2) prints one line: the seconds of the rollout; the bytes that all
machines fetched meanwhile, by their own network's count, to which ssh from this machine does not belong; and the bytes
that went from Mac to Mac. The image is Debian and 64 MB of noise; its build computes for a while. All Macs share this
machine's processors: real ones build beside each other at no cost of time.
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
from carbon_fleet.sim.lab import SimulatedLab

COMPUTES = "i=0; while [ $i -lt 20 ]; do head -c 100000000 /dev/zero | sha256sum >/dev/null; i=$((i+1)); done"
FILES = {
    "Containerfile": f"ARG BASE\nFROM ${{BASE}}\nRUN {COMPUTES}\nRUN head -c 64000000 /dev/urandom >/noise\n",
    "image.yml": "description: Debian and noise.\nargs: {BASE: none}\n",
}
FETCHED = "cat /sys/class/net/[!l]*/statistics/rx_bytes | head -n 1"


def main(macs: int) -> None:
    """Measure both ways, each in a lab of its own."""
    with tempfile.TemporaryDirectory(prefix="carbon-spread-") as name:
        project = _project(Path(name) / "project")
        every = _rollout(Path(name) / "every", project, macs, {})
        once = _rollout(Path(name) / "once", project, macs, {"build_on": "mac-01"})
    image = once["image_bytes"] / 1e6
    print(
        f"spread: {macs} Macs, image of {image:.0f} MB: built on each {every['seconds']:.1f} s and "
        f"{every['fetched'] / 1e6:.0f} MB fetched; built once {once['seconds']:.1f} s and "
        f"{once['fetched'] / 1e6:.0f} MB fetched, {once['moved'] / 1e6:.0f} MB from Mac to Mac"
    )


def _project(folder: Path) -> Path:
    shutil.copytree(assets.root() / "files", folder / "files", ignore=shutil.ignore_patterns("images", "stacks"))
    (folder / "files" / "stacks").mkdir()
    (folder / "files" / "images" / "noise").mkdir(parents=True)
    for name, text in FILES.items():
        (folder / "files" / "images" / "noise" / name).write_text(text)
    shutil.copy(assets.root() / "deploy.py", folder)
    return folder


def _rollout(state: Path, project: Path, macs: int, more: dict[str, Any]) -> dict[str, Any]:
    with SimulatedLab.up(macs=macs, vm="real", state=state) as lab:
        services = json.loads((lab.state.directory / "services" / "services.json").read_text())
        bare: dict[str, Any] = {"stacks": [], "images": {}}
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
            "image_bytes": int(
                _inside(lab, "mac-01", f"podman image inspect --format '{{{{.Size}}}}' {next(iter(ids))}")
            ),
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
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
