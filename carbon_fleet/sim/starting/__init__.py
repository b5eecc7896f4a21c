"""Starting points: how a simulated Mac may already be when carbon-fleet comes to it.

Each is a script a person could have typed; what it does is done by the Mac's own stand-ins. Their sources: the READMEs
of slp/homebrew-krunkit, slp/homebrew-krun and libkrun/homebrew-krun, podman's `contrib/pkginstaller`, and Podman
Desktop's `extensions/podman/packages/extension/src/utils` (`podman-cli.ts`, `podman-configuration.ts`).
"""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from carbon_fleet.sim.programs import launcher
from carbon_fleet.sim.state import SimError

if TYPE_CHECKING:
    from carbon_fleet.sim.lab import SimulatedMac

_HERE = Path(__file__).parent
OLDER = {"slp-krunkit": {"podman": "5.7.1"}}
"""Versions Homebrew offered when a starting point came to be."""
PKG = {"podman": "podman", "gvproxy": "gvproxy", "krunkit": "krunkit", "vfkit": "krunkit"}
"""What podman's installer puts into /opt/podman/bin, and the stand-in each is."""


def names() -> list[str]:
    """The starting points there are."""
    return sorted(path.stem for path in _HERE.glob("*.sh") if path.stem != "lib")


def begin(mac: "SimulatedMac", name: str) -> None:
    """Make a bare Mac start from `name`. Raises SimError for a name there is not, or a VM that is not modelled."""
    if name not in names():
        raise SimError(f"there is no starting point {name!r}: it is one of {', '.join(names())}")
    if mac.state.describe().vm != "modelled":
        raise SimError("starting points are for modelled VMs only; bring a lab up with `--vm modelled`")
    if name == "pkg":
        _install_pkg(mac.root / "opt/podman/bin")
    versions = mac.shared / "versions.json"
    versions.write_text(json.dumps(OLDER.get(name, {})))
    script = (_HERE / "lib.sh").read_text() + (_HERE / f"{name}.sh").read_text()
    done = mac.ssh("/bin/sh -s", stdin=f"{{\n{script}}}\n")
    versions.unlink()
    if done.returncode:
        raise SimError(f"{mac.name}: the starting point {name} ended with {done.returncode}: {done.stderr.strip()}")


def _install_pkg(folder: Path) -> None:
    folder.mkdir(parents=True)
    for program, module in PKG.items():
        path = folder / program
        path.write_text(launcher(module))
        path.chmod(0o755)
