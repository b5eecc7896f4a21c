"""The JSON Schema of Reports, made from the document's own types; it ships as `report.schema.json` beside this file."""

import json
from pathlib import Path
from typing import Any

from carbon_fleet.report.document import FORMAT_VERSION
from carbon_fleet.report.reading import adapter

FILE = Path(__file__).with_name("report.schema.json")


def report_schema() -> dict[str, Any]:
    """The schema of what `--json` prints: every field is there, and no other."""
    made = adapter().json_schema(mode="serialization", ref_template="#/$defs/{model}")
    definitions = made.pop("$defs")
    for one in (made, *definitions.values()):
        _closed(one)
    made["properties"] = {"format_version": {"const": FORMAT_VERSION}, **_others(made), "exit_code": _exit_code()}
    made["required"] = list(made["properties"])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "carbon-fleet Report"}
    return {**head, **{key: value for key, value in made.items() if key != "title"}, "$defs": definitions}


def schema_text() -> str:
    """The schema as its file has it."""
    return json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"


def _closed(one: dict[str, Any]) -> None:
    if "properties" in one:
        one["required"] = list(one["properties"])
        one["additionalProperties"] = False
        for field in one["properties"].values():
            field.pop("default", None)
            field.pop("title", None)


def _others(made: dict[str, Any]) -> dict[str, Any]:
    return {name: field for name, field in made["properties"].items() if name != "format_version"}


def _exit_code() -> dict[str, Any]:
    return {"type": "integer", "description": "What the verb ended with: it follows from the outcomes."}
