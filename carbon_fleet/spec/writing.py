"""A wish written as YAML that this package reads back as the same wish."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import yaml

from carbon_fleet.spec.parse import parse
from carbon_fleet.spec.scalar import AmbiguousError, resolve
from carbon_fleet.spec.tree import Path, leaves


class _Dumper(yaml.SafeDumper):
    """One line a value: text with line breaks, or that some YAML reader takes for something else, is quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    plain = False
    with suppress(AmbiguousError):
        plain = value.isprintable() and value != "" and resolve(value) == value
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else '"')


_Dumper.add_representer(str, _text)


def wish_yaml(wish: dict[str, Any]) -> str:
    """`wish` as YAML, in its own order, each single value on one line."""
    return yaml.dump(wish, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**31, default_flow_style=False)


def leaf_lines(text: str) -> Iterator[tuple[int, Path]]:
    """The line (from 0) and the path of every single value and every empty list or map in a wish's YAML."""
    root, _ = parse(text, "wish")
    for path, node in leaves(root) if root else ():
        yield node.line - 1, path
