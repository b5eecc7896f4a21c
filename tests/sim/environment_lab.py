"""A simulated lab with a Python environment from an index of our own: its wheels, its lab file, ways to change it."""

import sys
from pathlib import Path
from typing import Any

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.package_index import PackageIndex, numpy_wheel, wheel
from tests.sim.runs import lab_file

PYTHON = ".".join(map(str, sys.version_info[:2]))
FOLDER = ".local/share/carbon-fleet/environments"
UV = (
    "UV_PYTHON_INSTALL_DIR=$HOME/.local/share/carbon-fleet/python UV_NO_CACHE=1 "
    "UV_CREDENTIALS_DIR=$HOME/.local/share/carbon-fleet/python/.credentials /opt/homebrew/bin/uv pip "
    f"{{}} --python $HOME/{FOLDER}/ml/bin/python"
)
"""As somebody on the Mac changes an environment by hand."""
ALPHA, BETA, ALPHA_NEWER, GAMMA = (
    *(wheel("alpha", "1.0"), wheel("beta", "2.0")),
    *(wheel("alpha", "1.1"), wheel("gamma", "0.1")),
)


def stocked() -> PackageIndex:
    """An index with all that the tests need."""
    index = PackageIndex()
    index.add(numpy_wheel(), ALPHA, BETA, ALPHA_NEWER, GAMMA)
    return index


def put_lock(lab: SimulatedLab, text: str, name: str = "ml") -> None:
    """Write a lock beside the lab file."""
    folder = lab.file.parent / "envs"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.txt").write_text(text)


def wish(index: PackageIndex, **more: Any) -> dict[str, Any]:
    """What the lab file says of one environment."""
    return {"python": PYTHON, "lock": "envs/ml.txt", "index": {"url": index.url}, **more}


def with_environments(lab: SimulatedLab, secrets: Any = None, **environments: Any) -> str:
    """The lab file with these and no stacks; its path."""
    return lab_file(lab, stacks=[], environments=environments, secrets=secrets or {})


def at(mac: SimulatedMac, name: str = "ml") -> Path:
    """What an environment's name leads to, on this machine."""
    link = mac.home / FOLDER / name
    return link.parent / link.readlink()


def installed(mac: SimulatedMac, name: str = "ml") -> set[str]:
    """The packages of an environment by their folders."""
    return {
        path.name.removesuffix(".dist-info") for path in at(mac, name).glob("lib/python*/site-packages/*.dist-info")
    }
