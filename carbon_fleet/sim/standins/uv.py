"""uv: the real one of this machine. Only where it would fetch a Python, this machine's own is laid out in its place.

`python install` ends in uv's own folder of Pythons, under the name uv gives one of that version, so that the real uv
takes it for one it has brought (uv documentation, "Python versions", "Managed and system Python installations").
"""

from __future__ import annotations

import os
import shutil
import sys

from .disk import SHARED, fail, read_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main(argv: list[str]) -> int:
    """Stand in for `uv python install`; all else is the real one's."""
    here: dict[str, Any] = read_json(f"{SHARED}/uv.json", {})
    if not here:
        fail("error: this machine has no uv to stand behind the simulated Mac's: set it up with `scripts/setup`", 2)
    if argv[1:3] != ["python", "install"]:
        os.execv(here["uv"], argv)
    return _install(argv[3:], here)


def _install(argv: list[str], here: dict[str, Any]) -> int:
    (wanted,) = [word for word in argv if not word.startswith("-")]
    version = here["version"]
    if not f"{version}.".startswith(f"{wanted}."):
        fail(f"error: No download found for request: cpython-{wanted}-macos-aarch64-none", 1)
    folder = f"{os.environ['UV_PYTHON_INSTALL_DIR']}/cpython-{version}-{here['platform']}"
    if not os.path.isdir(folder):
        beside = f"{os.environ['UV_PYTHON_INSTALL_DIR']}/.temp"
        shutil.rmtree(beside, ignore_errors=True)
        minor = ".".join(version.split(".")[:2])
        os.makedirs(f"{beside}/bin")
        os.makedirs(f"{beside}/lib")
        shutil.copy(f"{here['bin']}/python{minor}", f"{beside}/bin/python{minor}")
        os.symlink(f"python{minor}", f"{beside}/bin/python3")
        os.symlink(here["lib"], f"{beside}/lib/python{minor}")
        os.rename(beside, folder)
        sys.stderr.write(f"Installed Python {version} in 1.00s\n + cpython-{version}-{here['platform']}\n")
    return 0
