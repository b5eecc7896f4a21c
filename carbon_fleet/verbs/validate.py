"""`carbon-fleet validate FILE`: whether a lab file is right, and every mistake in it."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from json import dumps
from pathlib import Path
from typing import Any

from carbon_fleet.report.document import Exit
from carbon_fleet.spec import Lab, LabError, SectionSpec, load_lab

FORMAT_VERSION = 1


def validate(file: Path, sections: Sequence[SectionSpec], json: bool = False) -> int:
    """Say that `file` is valid, or name all its mistakes. Returns 0 or 78."""
    try:
        lab = load_lab(file, sections)
    except LabError as error:
        return _refuse(file, error, json)
    print(dumps(_document(file, lab), indent=2) if json else f"{lab.name}: {_count(len(lab.macs), 'Mac')}, valid")
    return 0


def _refuse(file: Path, error: LabError, json: bool) -> int:
    if json:
        errors = [asdict(fault) for fault in error.errors]
        print(dumps({"format_version": FORMAT_VERSION, "file": str(file), "valid": False, "errors": errors}, indent=2))
    else:
        for fault in error.errors:
            print(fault, file=sys.stderr)
        print(f"\n{file}: {_count(len(error.errors), 'mistake')}", file=sys.stderr)
    return Exit.BAD_LAB


def _document(file: Path, lab: Lab) -> dict[str, Any]:
    macs = {name: {"groups": list(mac.groups), "digest": mac.digest} for name, mac in lab.macs.items()}
    known = {"format_version": FORMAT_VERSION, "file": str(file), "valid": True}
    return {**known, "lab": lab.name, "macs": macs, "errors": []}


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
