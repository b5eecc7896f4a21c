"""`podman volume`: directories below the store, with what is in them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time

from .disk import fail, read_json, write_json
from .flags import Flags
from .guest_store import directory
from .template import render


def main(argv: list[str]) -> int:
    """create, ls, inspect, exists, rm, export, import."""
    verb, rest = argv[0], argv[1:]
    place = f"{directory()}/volumes"
    os.makedirs(place, exist_ok=True)
    if verb == "create":
        return _create(place, rest)
    names = [arg for arg in rest if not arg.startswith("-")]
    if verb == "inspect" and "--format" in rest:
        names.remove(rest[rest.index("--format") + 1])
    if verb in ("rm", "remove") and "-f" in rest:
        names = [name for name in names if os.path.isdir(f"{place}/{name}")]
    if verb in ("ls", "list"):
        return _show(sorted(os.listdir(place)), rest, quiet="-q" in rest or "--quiet" in rest)
    for name in names[:1] if verb in ("export", "import") else names:
        if not os.path.isdir(f"{place}/{name}/_data"):
            return 1 if verb == "exists" else fail(f'Error: no volume with name "{name}" found: no such volume', 1)
    _on_existing(verb, place, names, rest)
    return 0


def _create(place: str, argv: list[str]) -> int:
    flags = Flags("podman volume create", {"label": list, "ignore": bool}, {"l": "label"})
    name = flags.parse(argv)[0]
    if os.path.isdir(f"{place}/{name}") and not flags.get("ignore"):
        fail(f"Error: volume with name {name} already exists: volume already exists", 125)
    os.makedirs(f"{place}/{name}/_data", exist_ok=True)
    labels = dict(item.partition("=")[::2] for item in flags.get("label", []))
    write_json(f"{place}/{name}/sim.json", labels)
    sys.stdout.write(f"{name}\n")
    return 0


def _on_existing(verb: str, place: str, names: list[str], rest: list[str]) -> None:
    if verb == "inspect":
        _show(names, rest if "--format" in rest else ["--format", "json"], quiet=False)
    elif verb == "rm":
        for name in names:
            shutil.rmtree(f"{place}/{name}")
            sys.stdout.write(f"{name}\n")
    elif verb == "export":
        out = next((rest[at + 1] for at, arg in enumerate(rest) if arg in ("-o", "--output")), "-")
        sys.stdout.flush()
        subprocess.run(
            ["tar", "-C", f"{place}/{rest[0] if not rest[0].startswith('-') else names[-1]}/_data", "-cf", out, "."],
            check=True,
        )
    elif verb == "import":
        source = names[1] if len(names) > 1 else "-"
        subprocess.run(["tar", "-C", f"{place}/{names[0]}/_data", "-xf", source], check=True)


def _show(names: list[str], rest: list[str], *, quiet: bool) -> int:
    rows = [
        {
            "Name": name,
            "Driver": "local",
            "Mountpoint": f"{directory()}/volumes/{name}/_data",
            "Labels": read_json(f"{directory()}/volumes/{name}/sim.json", {}),
            "Scope": "local",
            "CreatedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        for name in names
    ]
    form = rest[rest.index("--format") + 1] if "--format" in rest else None
    if quiet:
        sys.stdout.write("".join(f"{name}\n" for name in names))
    elif form == "json":
        sys.stdout.write(json.dumps(rows, indent=4) + "\n")
    else:
        sys.stdout.write("".join(render(form or "{{.Driver}}  {{.Name}}", row) + "\n" for row in rows))
    return 0
