"""The definitions the project itself brings: `files/images/NAME/image.yml` and `files/stacks/NAME.yml`."""

from difflib import get_close_matches
from typing import TypeVar

from pydantic import BaseModel
from pydantic_core import to_json

from carbon_fleet import assets
from carbon_fleet.spec import LabError, Problem
from carbon_fleet.spec.parse import parse
from carbon_fleet.spec.tree import plain

M = TypeVar("M", bound=BaseModel)


def load(name: str, model: type[M]) -> M:
    """The definition in `files/NAME`, by the rules of a lab file. Raises ValueError: ours must be right."""
    try:
        tree, faults = parse(assets.text(name), name)
    except LabError as error:
        raise ValueError(str(error)) from error
    if tree is None or faults:
        raise ValueError("\n".join(map(str, faults)) or f"{name} is empty")
    return model.model_validate_json(to_json(plain(tree)))


def unknown(kind: str, name: str, known: tuple[str, ...], path: tuple[str | int, ...]) -> Problem:
    """The Problem of a name nobody defined, with the nearest one that is."""
    near = get_close_matches(name, known, 1)
    write = f"write `{near[0]}`" if near else f"write one of {', '.join(f'`{word}`' for word in known)}"
    return Problem(path, f"there is no {kind} `{name}`", "", write if known else "leave it out")
