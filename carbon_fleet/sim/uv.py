"""The real uv of this machine behind the one that Homebrew's formula brings to a simulated Mac, and a Python for it.

`scripts/setup` stands on uv, so it is wherever that found it or put it. Where there is none, a Mac's says so.
"""

import json
import os
import shutil
import sys
import sysconfig
from pathlib import Path

PLACE = "/.host/uv"
"""Where a Mac sees it."""
_SYSTEM = Path("/usr")
_PROJECT = Path(__file__).parents[2]


def program() -> Path | None:
    """uv on this machine."""
    places = (shutil.which("uv"), Path.home() / ".local/bin/uv", _PROJECT / ".tools/bin/uv")
    return next((Path(place).resolve() for place in places if place and os.access(place, os.X_OK)), None)


def prepare(shared: Path) -> dict[str, Path]:
    """Tell a Mac's stand-in of it in its `shared` folder; what the Mac has to see of this machine, by place."""
    found = program()
    if found is None:
        return {}
    base = Path(sys.base_prefix)
    said = {
        "uv": PLACE,
        "version": ".".join(map(str, sys.version_info[:3])),
        "platform": f"linux-{os.uname().machine}-gnu",
        "bin": "/.host/bin" if base == _SYSTEM else str(base / "bin"),
        "lib": str(Path(sysconfig.get_path("stdlib"))),
    }
    (shared / "uv.json").write_text(json.dumps(said))
    return {PLACE: found, **({} if base == _SYSTEM else {str(base): base})}
