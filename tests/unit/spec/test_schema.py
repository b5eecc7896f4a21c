from typing import Any

import jsonschema
import pytest
import yaml

from carbon_fleet.spec import lab_schema
from tests.unit.spec.models import GOOD, SECTIONS, load, one_mac
from tests.unit.spec.test_never_a_traceback import FULL


def validator() -> jsonschema.Draft202012Validator:
    schema: dict[str, Any] = lab_schema(SECTIONS)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        FULL,
        one_mac("stacks:"),
        one_mac("machine: {memory: null}"),
        "lab: x\ndefaults:\ngroups: {g: }\nmacs: {m: {host: h, user: u}}",
    ],
)
def test_a_good_lab_passes_the_schema(text: str) -> None:
    assert load(text)
    assert list(validator().iter_errors(yaml.safe_load(text))) == []


@pytest.mark.parametrize(
    "wish",
    ["machine: {memroy: 8GiB}", "machine: {memory: 8}", "machine: {cpus: 0}", "zone: x", "stacks: {A: {image: x}}",
     "stacks: {a: {image: 1}}", "port: 0", "stacks: {a: {image: x, mode: 420}}", "groups: x", "machine: {provider: y}"],
)  # fmt: skip
def test_what_the_schema_can_see_it_refuses(wish: str) -> None:
    assert list(validator().iter_errors(yaml.safe_load(one_mac(wish))))


def test_what_only_a_mac_has_is_not_offered_to_layers() -> None:
    definitions = lab_schema(SECTIONS)["$defs"]
    assert {"host", "groups"} <= set(definitions["mac"]["properties"])
    assert not {"host", "groups"} & set(definitions["layer"]["properties"])
    assert "SSH server" in definitions["layer"]["properties"]["port"]["description"]
