"""What an explicit null means to a model: nothing was written, unless the model has a use for null there."""

from collections.abc import Sequence
from typing import Any

from carbon_fleet.spec.keys import below, knows, places, values
from carbon_fleet.spec.tree import Items, Node, Plain, Scalar, Table


def without_nulls(node: Node, model: Any) -> Plain:
    """The bare value for `model`: nulls that stand for "removed" are gone, those the model takes are kept."""
    return _pruned(node, places(model))


def _pruned(node: Node, here: Sequence[Any]) -> Plain:
    if isinstance(node, Table):
        kept = {key: entry.node for key, entry in node.entries.items() if not _removed(entry.node, here, key)}
        return {key: _pruned(each, below(here, key)) for key, each in kept.items()}
    if isinstance(node, Items):
        return [_pruned(item, below(here, index)) for index, item in enumerate(node.items)]
    return node.value if isinstance(node, Scalar) else None


def _removed(node: Node, here: Sequence[Any], key: str) -> bool:
    """Whether this null only removes. Of a key nobody knows it does not: that key has to be named as a mistake."""
    if not (isinstance(node, Scalar) and node.value is None) or not knows(here, key):
        return False
    return not any(value in (None, type(None), Any) for value in values(here, key))
