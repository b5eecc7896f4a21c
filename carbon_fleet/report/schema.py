"""The JSON Schema of Reports, made from the document's own types; it ships as `report.schema.json` beside this file."""

import ast
import inspect
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

from carbon_fleet.report import document
from carbon_fleet.report.document import FORMAT_VERSION
from carbon_fleet.report.reading import adapter

FILE = Path(__file__).with_name("report.schema.json")


def report_schema() -> dict[str, Any]:
    """The schema of what `--json` prints: every field is there, and no other."""
    made = adapter().json_schema(mode="serialization", ref_template="#/$defs/{model}")
    definitions = made.pop("$defs")
    for name, one in {"Report": made, **definitions}.items():
        _closed(one, _words(name))
    made["properties"] = {"format_version": {"const": FORMAT_VERSION}, **_others(made), "exit_code": _exit_code()}
    made["required"] = list(made["properties"])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "carbon-fleet Report"}
    return {**head, **{key: value for key, value in made.items() if key != "title"}, "$defs": definitions}


def schema_text() -> str:
    """The schema as its file has it."""
    return json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"


def _closed(one: dict[str, Any], words: dict[str, str]) -> None:
    if "properties" in one:
        one["required"] = list(one["properties"])
        one["additionalProperties"] = False
        for name, field in one["properties"].items():
            field.pop("default", None)
            field.pop("title", None)
            if name in words:
                one["properties"][name] = {"description": words[name], **field}


def _words(name: str) -> dict[str, str]:
    """What stands below each field of the document's class of this name."""
    made = getattr(document, name, None)
    if not inspect.isclass(made):
        return {}
    body = ast.parse(inspect.getsource(made)).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101
    return {
        field.target.id: " ".join(words.value.value.split())
        for field, words in pairwise(body.body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
        if isinstance(words, ast.Expr) and isinstance(words.value, ast.Constant) and isinstance(words.value.value, str)
    }


def _others(made: dict[str, Any]) -> dict[str, Any]:
    return {name: field for name, field in made["properties"].items() if name != "format_version"}


def _exit_code() -> dict[str, Any]:
    return {"type": "integer", "description": "What the verb ended with: it follows from the outcomes."}
