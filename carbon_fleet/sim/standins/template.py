"""The few forms of Go templates people give to --format: fields, `json .`, `index`, `if … else … end`, literal text."""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_IF = re.compile(r"\{\{-?\s*if\s+([^}]+?)\s*-?\}\}(.*?)(?:\{\{-?\s*else\s*-?\}\}(.*?))?\{\{-?\s*end\s*-?\}\}", re.S)
_PART = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.S)


def render(form: str, value: Any) -> str:
    """Fill {{…}} from `value`; an unknown field is empty, as a map's missing key is in Go."""
    form = form.removeprefix("table ").replace("\\t", "\t").replace("\\n", "\n")
    form = _IF.sub(lambda match: match[2] if _field(match[1], value) else match[3] or "", form)
    return _PART.sub(lambda match: _expression(match[1], value), form)


def _expression(text: str, value: Any) -> str:
    if text.startswith("json"):
        return json.dumps(_field(text[4:].strip(), value))
    if text.startswith("index"):
        path, _, key = text[5:].strip().partition(" ")
        found = _field(path, value)
        return _shown(found.get(key.strip().strip('"'), "") if isinstance(found, dict) else "")
    return _shown(_field(text, value))


def _field(path: str, value: Any) -> Any:
    for name in filter(None, path.split(".")):
        value = value.get(name, "") if isinstance(value, dict) else ""
    return value


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + " ".join(str(item) for item in value) + "]"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{item}" for key, item in sorted(value.items())) + "]"
    return "<nil>" if value is None else str(value)
