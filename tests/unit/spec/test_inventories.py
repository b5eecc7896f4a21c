"""The labs this project ships: valid, complete as a manual, and with a current schema."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import jsonschema
import pytest
import yaml
from pydantic import BaseModel

from carbon_fleet.assets import root
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import Waiver, load_lab
from carbon_fleet.spec.access import KEYS
from carbon_fleet.spec.keys import below, places
from carbon_fleet.spec.layers import TOP
from carbon_fleet.verbs.schema import schema

INVENTORIES = root() / "inventories"
FILES = ["lab.example.yml", "local.yml"]


@pytest.mark.parametrize("name", FILES)
def test_it_is_valid_and_says_where_its_schema_is(name: str) -> None:
    file = INVENTORIES / name
    assert load_lab(file, lab_sections()).macs
    assert file.read_text().startswith("# yaml-language-server: $schema=lab.schema.json\n")


def test_the_schema_is_current() -> None:
    assert schema(lab_sections(), INVENTORIES / "lab.schema.json", check=True) == 0, "run `make schema`"


@pytest.mark.parametrize("name", FILES)
def test_it_passes_the_schema(name: str) -> None:
    validator = jsonschema.Draft202012Validator(json.loads((INVENTORIES / "lab.schema.json").read_text()))
    assert list(validator.iter_errors(yaml.safe_load((INVENTORIES / name).read_text()))) == []


def test_local_is_this_machine() -> None:
    (mac,) = load_lab(INVENTORIES / "local.yml", lab_sections()).macs.values()
    assert mac.local


def test_the_example_has_every_key() -> None:
    lab = yaml.safe_load((INVENTORIES / "lab.example.yml").read_text())
    layers = [lab["defaults"], *lab["groups"].values(), *lab["macs"].values()]
    assert set(TOP) <= set(lab)
    assert set(Waiver.model_fields) <= set(lab["waivers"][0])
    assert set(KEYS) <= {key for layer in layers for key in layer}
    for section in lab_sections():
        written = {found for layer in layers for found in said(layer.get(section.key), places(section.model))}
        lacking = set(known(section.model, set())) - written
        assert not lacking, f"inventories/lab.example.yml says nothing of {sorted(lacking)}"


def said(value: Any, here: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """The model and field of every key that is written."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in steps:
        yield from ((place.__name__, step) for place in here if isinstance(place, type) and step in fields(place))
        yield from said(each, below(here, step))


def known(annotation: Any, seen: set[Any]) -> Iterator[tuple[str, str]]:
    """The model and field of every key that can be written."""
    for place in places(annotation):
        inner = list(fields(place).values()) if isinstance(place, type) else list(getattr(place, "__args__", ()))
        if place not in seen:
            seen.add(place)
            yield from ((place.__name__, field) for field in (fields(place) if isinstance(place, type) else ()))
            for each in inner:
                yield from known(each, seen)


def fields(place: type) -> dict[str, Any]:
    if not issubclass(place, BaseModel):
        return {}
    return {name: field.annotation for name, field in place.model_fields.items()}
