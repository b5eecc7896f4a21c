"""Pydantic's findings in the words of a lab file: what is wrong, why, what to write."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from carbon_fleet.spec.base import MISTAKE
from carbon_fleet.spec.keys import nearest
from carbon_fleet.spec.parse import shortened
from carbon_fleet.spec.tree import Items, Node, Scalar, Table


class Words(NamedTuple):
    """What is wrong, why, and what to write instead."""

    what: str
    why: str = ""
    write: str = ""


_TRUE = frozenset(("yes", "on", "y", "1", "t"))
_FALSE = frozenset(("no", "off", "n", "0", "f"))
_LIMITS = {
    "greater_than": "more than",
    "greater_than_equal": "at least",
    "less_than": "less than",
    "less_than_equal": "at most",
}
_LISTS = frozenset(("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"))
_MAPS = frozenset(("dict_type", "model_type", "model_attributes_type", "mapping_type", "dataclass_type"))


def explain(error: ErrorDetails, node: Node) -> Words:
    """The words for one of pydantic's errors about the value at `node`."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == MISTAKE:
        text = written(node)
        return Words(*(str(context[part]).replace("{text}", text) for part in ("what", "why", "write")))
    if kind in _LISTS:
        return Words(f"{_is(node)}, and a list is needed", write=f"write `[{written(node)}]`" if _single(node) else "")
    if kind in _MAPS:
        return Words(f"{_is(node)}, and a map is needed", write="write `key: value` pairs below this key")
    if kind in _LIMITS:
        return Words(
            f"`{written(node)}` is out of range", f"it has to be {_LIMITS[kind]} {next(iter(context.values()))}"
        )
    return _BY_KIND.get(kind, _other)(error, node, context)


def written(node: Node) -> str:
    """The value as the user wrote it, short enough for a message."""
    return shortened(node.text) if isinstance(node, Scalar) else "…"


def _single(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text != ""


def _is(node: Node) -> str:
    """What the value is, to begin a sentence."""
    if isinstance(node, Table | Items):
        return "this is a map" if isinstance(node, Table) else "this is a list"
    value = node.value if isinstance(node, Scalar) else None
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "true or false"),
        (int, "a number"),
        (float, "a number"),
        (str, "text"),
    )
    kind = next((word for type_, word in kinds if isinstance(value, type_)), None)
    return f"`{written(node)}` is {kind} to YAML" if kind else "nothing is written here"


def _text(error: ErrorDetails, node: Node, context: Mapping[str, Any]) -> Words:
    return Words(
        f"{_is(node)}, and text is needed", write=f'write `"{written(node)}"`' if _single(node) else "write text"
    )


def _truth(error: ErrorDetails, node: Node, context: Mapping[str, Any]) -> Words:
    word = written(node).lower()
    likely = "`true`" if word in _TRUE else "`false`" if word in _FALSE else "`true` or `false`"
    return Words(f"{_is(node)}, and true or false is needed", write=f"write {likely}")


def _whole(error: ErrorDetails, node: Node, context: Mapping[str, Any]) -> Words:
    digits = written(node).replace("_", "").replace(",", "").removesuffix(".0")
    number = digits.lstrip("0") if digits.isascii() and digits.isdigit() else ""
    return Words(
        f"{_is(node)}, and a whole number is needed", write=f"write `{number}`" if number else "write a whole number"
    )


def _missing(error: ErrorDetails, node: Node, context: Mapping[str, Any]) -> Words:
    key = error["loc"][-1] if error["loc"] else "it"
    return Words(f"`{key}` is missing", "it has no default", f"write `{key}: …` here or in a layer below")


def _choice(error: ErrorDetails, node: Node, context: Mapping[str, Any]) -> Words:
    choices = str(context.get("expected", ""))
    names = [each.strip(" '") for part in choices.split(" or ") for each in part.split(",")]
    return Words(f"`{written(node)}` is not one of {choices}", write=nearest(written(node), names))


def _raised(error: ErrorDetails, node: Node, context: Mapping[str, Any]) -> Words:
    return Words(str(context.get("error", error["msg"])).rstrip("."))


def _pattern(error: ErrorDetails, node: Node, context: Mapping[str, Any]) -> Words:
    return Words(f"`{written(node)}` is not written as it has to be", f"it has to match `{context.get('pattern')}`")


def _other(error: ErrorDetails, node: Node, context: Mapping[str, Any]) -> Words:
    message = error["msg"].replace("Input should", "it should")
    return Words(message[:1].lower() + message[1:])


_BY_KIND: dict[str, Callable[[ErrorDetails, Node, Mapping[str, Any]], Words]] = {
    "string_type": _text,
    "string_sub_type": _text,
    "bool_type": _truth,
    "int_type": _whole,
    "int_from_float": _whole,
    "float_type": _whole,
    "missing": _missing,
    "literal_error": _choice,
    "enum": _choice,
    "value_error": _raised,
    "assertion_error": _raised,
    "string_pattern_mismatch": _pattern,
}
