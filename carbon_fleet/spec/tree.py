"""The lab file as a tree in which every value knows where it was written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"
Path: TypeAlias = tuple[str | int, ...]


@dataclass(slots=True)
class Node:
    """A value and where it was written; line and column count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Scalar(Node):
    """A single value; `text` is what was written, without quotes."""

    value: bool | int | float | str | None
    text: str


@dataclass(slots=True)
class Items(Node):
    """A list."""

    items: list[Node]


@dataclass(slots=True)
class Entry(Node):
    """A key (its position is the key's) and its value."""

    node: Node


@dataclass(slots=True)
class Table(Node):
    """A map from texts, in the order written."""

    entries: dict[str, Entry]


def empty(node: Node | None) -> bool:
    """Whether nothing was written: no value, or an explicit null."""
    return node is None or (isinstance(node, Scalar) and node.value is None)


def plain(node: Node) -> Plain:
    """The bare value, as JSON knows it."""
    if isinstance(node, Table):
        return {key: plain(entry.node) for key, entry in node.entries.items()}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


def child(node: Node, step: str | int) -> Node | None:
    """The value one step down, or None."""
    if isinstance(node, Table):
        entry = node.entries.get(str(step))
        return entry.node if entry else None
    if isinstance(node, Items) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step]
    return None


def leaves(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    """Every value that holds no further value, with its path."""
    if isinstance(node, Table) and node.entries:
        for key, entry in node.entries.items():
            yield from leaves(entry.node, (*path, key))
    elif isinstance(node, Items) and node.items:
        for index, item in enumerate(node.items):
            yield from leaves(item, (*path, index))
    else:
        yield path, node


def dotted(path: Path) -> str:
    """A path as people write it: `stacks[0].ports`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")
