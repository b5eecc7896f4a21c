"""Lima and Colima on a simulated Mac, with instances that somebody made."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carbon_fleet.sim.lab import SimulatedMac


def add_lima(
    mac: "SimulatedMac", name: str = "default", *, kind: str = "krunkit", running: bool = True, engine: str = "nerdctl"
) -> None:
    """limactl as Homebrew's formula links it, and an instance of this type; krunkit is there, too."""
    _programs(mac, "limactl", "krunkit")
    _instance(mac.home / ".lima" / name, kind, running, engine)


def add_colima(
    mac: "SimulatedMac",
    profile: str = "default",
    *,
    kind: str = "krunkit",
    running: bool = True,
    engine: str = "docker",
) -> None:
    """Colima over limactl, and a profile with its instance; its own settings beside that."""
    _programs(mac, "limactl", "krunkit", "colima")
    name = "colima" if profile == "default" else f"colima-{profile}"
    _instance(mac.home / ".colima/_lima" / name, kind, running, engine)
    settings = mac.home / ".colima" / profile / "colima.yaml"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f"runtime: docker\nvmType: {kind}\n")


def alter(mac: "SimulatedMac", folder: str, **more: Any) -> None:
    """Change what is kept of an instance by its folder below the home (`.lima/default`): status, type, render, images.

    A type is fixed for an instance: another one is that of one made anew under its name.
    """
    path = mac.home / folder / "sim.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **more}))
    if "type" in more:
        (path.parent / "lima.yaml").write_text(_yaml(more["type"]))


def known(mac: "SimulatedMac", folder: str) -> dict[str, Any]:
    """What is kept of one."""
    found: dict[str, Any] = json.loads((mac.home / folder / "sim.json").read_text())
    return found


def _instance(folder: Path, kind: str, running: bool, engine: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lima.yaml").write_text(_yaml(kind))
    state = {"type": kind, "status": "Running" if running else "Stopped", "engine": engine, "render": True}
    (folder / "sim.json").write_text(json.dumps(state))


def _yaml(kind: str) -> str:
    return f'# somebody made it\nvmType: "{kind}"\ncpus: 4\n'


def _programs(mac: "SimulatedMac", *names: str) -> None:
    for name in names:
        path = mac.root / "opt/homebrew/bin" / name
        if not path.is_symlink() and not path.exists():
            path.symlink_to(f"/.sim/py/{name}")
