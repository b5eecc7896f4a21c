"""The proof documents of tests/fixtures/proof, whole or with one thing in them made otherwise."""

import json
from pathlib import Path
from typing import Any

from carbon_fleet.prove.document import Proof, read_proof

FOLDER = Path(__file__).parents[2] / "fixtures" / "proof"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def plain(name: str) -> dict[str, Any]:
    """A document as plain JSON values."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


def proof(name: str) -> Proof:
    """A document as the controller reads it."""
    return read_proof((FOLDER / f"{name}.json").read_text())


def changed(name: str, path: tuple[str | int, ...], value: Any) -> Proof:
    """A document with what is at `path` replaced; after `jobs` stand a name and a size, 0 for any."""
    document = plain(name)
    if path[0] == "jobs" and len(path) > 1:
        _, job, size, key = path
        chosen = [one for one in document["jobs"] if one["name"] == job and size in (0, one["elements"])]
        assert chosen, path
        for one in chosen:
            one[key] = value
    else:
        part: Any = document
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = value
    return read_proof(json.dumps(document))
