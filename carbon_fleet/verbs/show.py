"""`carbon-fleet show FILE MAC [--origin]`: the fully merged wish of one Mac, and who wrote each part of it."""

import sys
from collections.abc import Sequence
from json import dumps
from pathlib import Path
from typing import Any

from carbon_fleet.report.document import Exit
from carbon_fleet.spec import Lab, LabError, Mac, Position, SectionSpec, load_lab
from carbon_fleet.spec.keys import nearest
from carbon_fleet.spec.writing import leaf_lines, wish_yaml

FORMAT_VERSION = 1


def show(file: Path, mac: str, sections: Sequence[SectionSpec], origin: bool = False, json: bool = False) -> int:
    """Print the wish of `mac` as YAML (or JSON), built-in values included. Returns 0, 64 (no such Mac) or 78."""
    try:
        lab = load_lab(file, sections)
    except LabError as error:
        print(error, file=sys.stderr)
        return Exit.BAD_LAB
    if mac not in lab.macs:
        hint = nearest(mac, list(lab.macs)) if len(lab.macs) <= 20 else f"run `carbon-fleet validate {file} --json`"
        print(f"{file}: lab `{lab.name}` has no Mac `{mac}`, {hint}", file=sys.stderr)
        return Exit.USAGE
    print(_json(lab, lab.mac(mac), origin) if json else _yaml(lab, lab.mac(mac), origin), end="\n" if json else "")
    return 0


def _yaml(lab: Lab, mac: Mac, origin: bool) -> str:
    text = wish_yaml(mac.wish())
    if not origin:
        return text
    lines = text.splitlines()
    for index, path in leaf_lines(text):
        lines[index] += f"  # {_place(lab.origin(mac.name, path))}"
    return "\n".join(lines) + "\n"


def _json(lab: Lab, mac: Mac, origin: bool) -> str:
    document: dict[str, Any] = {"format_version": FORMAT_VERSION, "lab": lab.name, "mac": mac.name}
    document |= {"digest": mac.digest, "wish": mac.wish()}
    if origin:
        paths = [path for _, path in leaf_lines(wish_yaml(mac.wish()))]
        document["origins"] = [{"path": list(path), **lab.origin(mac.name, path)._asdict()} for path in paths]
    return dumps(document, indent=2)


def _place(position: Position) -> str:
    return f"{position.file}:{position.line} ({position.layer})" if position.line else position.layer
