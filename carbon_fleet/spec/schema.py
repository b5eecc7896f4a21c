"""The JSON Schema of a lab file, for editors. It allows what any layer may say; `validate` has the last word."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from carbon_fleet.spec.access import MAC_ONLY, Access
from carbon_fleet.spec.mac import SectionSpec
from carbon_fleet.spec.waiver import Waivers
from carbon_fleet.spec.words import Name

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NULL: dict[str, Any] = {"type": "null"}


def lab_schema(sections: Sequence[SectionSpec]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a lab file with these sections."""
    models = {section.key: section.model for section in sections}
    every: list[type[BaseModel]] = [*models.values(), Access, Waivers]
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(each, "validation") for each in every]
    refs, generated = models_json_schema(wanted, ref_template="#/$defs/{model}")
    definitions = {name: _partial(schema) for name, schema in sorted(generated["$defs"].items())}
    access = definitions.pop(refs[(Access, "validation")]["$ref"].rpartition("/")[2])["properties"]
    properties = access | {key: _or_null(refs[(model, "validation")]) for key, model in models.items()}
    layer = {key: schema for key, schema in properties.items() if key not in MAC_ONLY}
    name = TypeAdapter(Name).json_schema()
    groups = _or_null({"type": "array", "items": name, "description": "Its groups; later ones win over earlier ones."})
    definitions |= {"layer": _map(layer), "mac": _map({**properties, "groups": groups})}
    waivers = {**refs[(Waivers, "validation")], "description": "Differences that may stay for now."}
    return {"$schema": DIALECT, "title": "A lab of Macs", **_top(name, waivers), "$defs": definitions}


def _top(name: dict[str, Any], waivers: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["lab", "macs"],
        "properties": {
            "lab": {**name, "description": "The lab's name."},
            "defaults": _or_null({"$ref": "#/$defs/layer", "description": "What every Mac has."}),
            "groups": _or_null(_members(name, _or_null({"$ref": "#/$defs/layer"}), "What some Macs have.")),
            "macs": _members(name, {"$ref": "#/$defs/mac"}, "The Macs.") | {"minProperties": 1},
            "waivers": _or_null(waivers),
        },
    }


def _members(name: dict[str, Any], member: dict[str, Any], description: str) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"pattern": name["pattern"]},
        "additionalProperties": member,
    }


def _map(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A null in a later layer removes what an earlier one set."""
    if schema.get("type") == "null" or _NULL in schema.get("anyOf", ()):
        return schema
    described: dict[str, Any] = {key: value for key, value in schema.items() if key in ("description", "default")}
    bare = {key: value for key, value in schema.items() if key not in described}
    return {**described, "anyOf": [bare, _NULL]}


def _partial(schema: Any) -> Any:
    """A schema of one layer's share: nothing is required in it, and any value may be null."""
    if isinstance(schema, list):
        return [_partial(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key not in ("required", "title")}
    if isinstance(schema.get("properties"), dict):
        kept["properties"] = {key: _or_null(_partial(value)) for key, value in schema["properties"].items()}
    if isinstance(schema.get("patternProperties"), dict):
        kept["patternProperties"] = {
            key: _or_null(_partial(value)) for key, value in schema["patternProperties"].items()
        }
        kept.setdefault("additionalProperties", False)
    for key in ("additionalProperties", "items", "anyOf", "oneOf", "allOf", "prefixItems"):
        if isinstance(kept.get(key), dict | list):
            kept[key] = _partial(kept[key])
    if isinstance(schema.get("additionalProperties"), dict):
        kept["additionalProperties"] = _or_null(kept["additionalProperties"])
    return kept
