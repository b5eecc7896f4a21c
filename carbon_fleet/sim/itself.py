"""carbon-fleet itself on a simulated Mac, as `uv tool install` brings it to a real one: the one that runs here.

A Mac has no python3 on its PATH, and gets none: the program names the interpreter it runs on, as one of uv's does.
"""

import sys
import sysconfig
from pathlib import Path

from carbon_fleet.sim.macroot import HOME

PROGRAM = f"{HOME}/.local/bin/carbon-fleet"
"""Where it lies on the Mac: what a lab file's `agent` takes for granted."""
_SYSTEM = Path("/usr")
_PROJECT = Path(__file__).parents[2]


def shown() -> dict[str, Path]:
    """What a Mac has to see of this machine for it, by place; nothing else of it is to be seen."""
    base = Path(sys.base_prefix)
    places = [*([] if base == _SYSTEM else [base]), *_packages(), _PROJECT / "carbon_fleet", _PROJECT / "operations"]
    places += [_PROJECT / name for name in ("files", "inventories", "deploy.py", "tests") if (_PROJECT / name).exists()]
    return {str(path): path for path in places}


def install(root: Path) -> None:
    """Put the program into the disk of a Mac."""
    base = Path(sys.base_prefix)
    name = f"python3.{sys.version_info.minor}"
    python = f"/.host/bin/{name}" if base == _SYSTEM else str(base / "bin" / name)
    path = ":".join(map(str, (_PROJECT, *_packages())))
    program = root / PROGRAM[1:]
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(f'#!/bin/sh\nPYTHONPATH={path} PYTHONDONTWRITEBYTECODE=1 exec {python} -m carbon_fleet "$@"\n')
    program.chmod(0o755)


def _packages() -> list[Path]:
    """Where what it imports lies; below the project's own packages, where it is installed among them."""
    return list(dict.fromkeys(Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")))
