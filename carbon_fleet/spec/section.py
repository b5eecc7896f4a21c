"""Validate a merged section against its model, and place what pydantic finds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from carbon_fleet.spec.explain import Words, explain
from carbon_fleet.spec.keys import known_keys, nearest
from carbon_fleet.spec.nulls import without_nulls
from carbon_fleet.spec.parse import shortened
from carbon_fleet.spec.tree import Entry, Node, Path, Scalar, Table, child, leaves, plain


@dataclass(frozen=True)
class Found:
    """One mistake in a section: where (a key or a value), below which path, its words, and pydantic's name for it."""

    node: Node
    path: Path
    words: Words
    kind: str


@dataclass
class Validator:
    """Validates sections; equal wishes are validated once, however many Macs share them."""

    known: dict[tuple[type[BaseModel], str], BaseModel | list[ErrorDetails]] = field(default_factory=dict)

    def validate(
        self, model: type[BaseModel], node: Node | None, nowhere: Node
    ) -> tuple[BaseModel | None, list[Found]]:
        """The model, or None and what is wrong. A section nobody wrote is `node` None; its faults lie `nowhere`."""
        text = _json(model, node)
        result = self.known.get((model, text))
        if result is None:
            result = self.known[(model, text)] = _validated(model, text)
        if isinstance(result, BaseModel):
            return result, []
        return None, _placed(model, result, node or nowhere)


def _json(model: type[BaseModel], node: Node | None) -> str:
    if node is not None:
        return json.dumps(without_nulls(node, model) if _has_null(node) else plain(node), sort_keys=True)
    root = model.model_fields.get("root")
    if root is None or root.is_required():
        return "{}"
    return "default"


def _has_null(node: Node) -> bool:
    return any(isinstance(leaf, Scalar) and leaf.value is None for _, leaf in leaves(node))


def _validated(model: type[BaseModel], text: str) -> BaseModel | list[ErrorDetails]:
    try:
        return model() if text == "default" else model.model_validate_json(text)
    except ValidationError as error:
        return error.errors(include_url=False, include_input=False)


def _placed(model: type[BaseModel], errors: Sequence[ErrorDetails], node: Node) -> list[Found]:
    found = [_place(model, error, node) for error in errors]
    paths = [each.path for each in found]
    return [each for each in found if not _alternative(each, paths)]


def _alternative(found: Found, paths: Sequence[Path]) -> bool:
    """Whether this is only the other branch of a union whose chosen branch has its own, deeper error."""
    deeper = any(len(path) > len(found.path) and path[: len(found.path)] == found.path for path in paths)
    return deeper and found.kind.endswith("_type")


def _place(model: type[BaseModel], error: ErrorDetails, root: Node) -> Found:
    node, entry, path = root, None, list[str | int]()
    steps = error["loc"]
    for step in steps:
        below = child(node, step)
        if below is None:
            continue  # the name of a union's branch, or a key that is missing
        entry = node.entries[str(step)] if isinstance(node, Table) else None
        node, path = below, [*path, step]
    if error["type"] == "extra_forbidden" and entry:
        known = known_keys(model, path[:-1])
        words = Words(f"`{shortened(str(path[-1]))}` is not a key here", write=nearest(str(path[-1]), known))
        return Found(entry, tuple(path), words, error["type"])
    if steps and steps[-1] == "[key]" and entry:
        return Found(entry, tuple(path), _key_words(error, entry, str(path[-1])), error["type"])
    missing = (str(steps[-1]),) if error["type"] == "missing" and steps else ()
    return Found(node, (*path, *missing), explain(error, node), error["type"])


def _key_words(error: ErrorDetails, entry: Entry, key: str) -> Words:
    return explain(error, Scalar(entry.line, entry.column, key, key))
