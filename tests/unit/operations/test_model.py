import json
from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Change, Delivery, World
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import LabError, Mac, Problem, lab_from_text
from operations import model
from operations.model import ModelSeen, ModelsSeen, differences
from operations.model.checks import check
from operations.model.wish import Models
from operations.stack.quadlet import FOLDER as UNITS
from operations.stack.update import KEPT
from operations.stack.wish import Stacks

SHA256 = "a" * 64
OTHER = "b" * 64
URL = "https://example.org/tiny.gguf"
TINY: dict[str, Any] = {"url": URL, "sha256": SHA256, "size": "3MiB"}
RIGHT = ModelSeen("3145728 1700000000 77", "0444", "3145728 1700000000 77", "lab")


def a_mac(models: dict[str, Any], *names: str) -> Mac:
    containers = {"web": {"image": "docker.io/library/nginx:1", "models": list(names)}}
    stacks = Stacks.model_validate_json(json.dumps([{"name": "shop", "containers": containers}] if names else []))
    return Mac("m", sections={"models": Models.model_validate_json(json.dumps(models)), "stacks": stacks})


def changes(mac: Mac, **files: ModelSeen) -> list[Change]:
    seen = ModelsSeen({{"a": SHA256, "b": OTHER}[key]: file for key, file in files.items()})
    return list(differences(mac.section("models", Models), seen, World(mac, Snapshot("m", guest=Guest.REACHED))))


def test_only_what_stacks_name_is_brought() -> None:
    models = {"tiny": TINY, "spare": {**TINY, "sha256": OTHER}}
    assert changes(a_mac(models)) == []
    (change,) = changes(a_mac(models, "tiny"))
    assert (change.address, change.action.value) == ("model.tiny", "create")
    assert change.deliveries == (Delivery("tiny", SHA256, URL, 3 << 20),)
    (command,) = change.commands
    assert command.argv[4:] == ("/var/lib/carbon-fleet/models", "put", SHA256, "lab")
    assert command.fed[4:] == (SHA256, "0")


def test_a_copy_that_was_cut_off_goes_on() -> None:
    mac = a_mac({"tiny": TINY}, "tiny")
    seen = ModelsSeen(parts={SHA256: (2 << 20) + 5})
    (change,) = differences(mac.section("models", Models), seen, World(mac, Snapshot("m", guest=Guest.REACHED)))
    assert change.commands[0].fed[4:] == (SHA256, str(2 << 20))
    assert change.commands[0].says == "copy the model into the machine (2 MiB are there)"


def test_a_mac_may_fetch_by_itself() -> None:
    (change,) = changes(a_mac({"tiny": {**TINY, "fetch": "mac"}}, "tiny"))
    assert change.deliveries[0].by_mac


def test_two_names_of_the_same_bytes_are_one_model() -> None:
    assert len(changes(a_mac({"tiny": TINY, "small": TINY}, "tiny", "small"))) == 1


def test_nothing_is_read_while_a_file_is_as_it_was_checked() -> None:
    assert changes(a_mac({"tiny": TINY}, "tiny"), a=RIGHT) == []
    assert changes(a_mac({"tiny": TINY}, "tiny"), a=replace(RIGHT, keeper="bench")) == []


@pytest.mark.parametrize(
    ("file", "attribute", "verb"),
    [
        (replace(RIGHT, state="3145729 1700000000 77"), "file", "check"),
        (replace(RIGHT, state="3145728 1700000001 77"), "file", "check"),
        (replace(RIGHT, state="3145728 1700000000 78"), "file", "check"),
        (replace(RIGHT, checked="", keeper=""), "file", "check"),
        (replace(RIGHT, mode="0600"), "mode", "chmod"),
    ],
)
def test_drift_is_told_by_attribute(file: ModelSeen, attribute: str, verb: str) -> None:
    (change,) = changes(a_mac({"tiny": TINY}, "tiny"), a=file)
    assert [each.name for each in change.attributes] == [attribute]
    assert change.action.value == "update"
    assert not change.deliveries
    assert verb in change.commands[0].argv


def leftovers(mac: Mac, seen: ModelsSeen, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(model, "_seen", lambda world: seen)
    found = list(model.leftovers(World(mac, Snapshot("m", guest=Guest.REACHED))))
    assert all(change.action.value == "delete" for change in found)
    return [change.address for change in found]


def test_what_nobody_names_any_more_goes_but_not_what_bench_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    mac = a_mac({"tiny": TINY}, "tiny")
    other = ModelsSeen({SHA256: RIGHT, OTHER: RIGHT})
    assert leftovers(mac, other, monkeypatch) == ["model.bbbbbbbbbbbb"]
    assert leftovers(mac, replace(other, named=frozenset({OTHER})), monkeypatch) == []
    assert leftovers(mac, ModelsSeen({OTHER: replace(RIGHT, keeper="bench")}), monkeypatch) == []
    assert leftovers(a_mac({"tiny": TINY}), ModelsSeen({SHA256: RIGHT}), monkeypatch) == ["model.aaaaaaaaaaaa"]
    assert leftovers(mac, ModelsSeen({}, parts={SHA256: 7, OTHER: 7}), monkeypatch) == ["model.bbbbbbbbbbbb"]


def test_units_are_looked_for_where_they_lie() -> None:
    assert f"{UNITS} {KEPT}" == model.UNITS


def problems(models: dict[str, Any], *names: str) -> list[Problem]:
    mac = a_mac(models, *names)
    return list(check(mac.section("models", Models), mac))


def test_a_model_nobody_describes_is_named_with_what_to_write() -> None:
    (none,) = problems({}, "tiny")
    assert none.path == ("stacks", 0, "containers", "web", "models", 0)
    assert "models: {tiny: {url: https://…" in none.write
    (near,) = problems({"tiny": TINY}, "tinny")
    assert "`tiny`" in near.write


def test_a_path_is_not_the_macs_to_fetch() -> None:
    (found,) = problems({"tiny": {**TINY, "url": "/models/tiny.gguf", "fetch": "mac"}}, "tiny")
    assert found.path == ("models", "tiny", "fetch")


LAB = "lab: l\nmacs:\n  m:\n    host: local\n    models:\n      tiny: {{url: {url}, sha256: {sha256}}}\n"


@pytest.mark.parametrize(
    ("url", "sha256", "words"),
    [
        ("ftp://example.org/x", SHA256, "no place a model comes from"),
        ("models/tiny.gguf", SHA256, "no place a model comes from"),
        ("~/../x", SHA256, "no place a model comes from"),
        (URL, "A" * 64, "no sha256"),
        (URL, "abc", "no sha256"),
    ],
)
def test_nonsense_is_refused_at_its_line(url: str, sha256: str, words: str) -> None:

    with pytest.raises(LabError) as caught:
        lab_from_text(LAB.format(url=url, sha256=sha256), lab_sections())
    assert words in str(caught.value)
    assert "line 6" in str(caught.value) or ":6:" in str(caught.value)


def test_the_ready_made_stack_names_the_setting() -> None:
    stack = "    stacks:\n      - name: llama-server\n        settings: {model: nemo}\n"
    text = f"lab: l\nmacs:\n  m:\n    host: local\n{stack}"

    with pytest.raises(LabError) as caught:
        lab_from_text(text, lab_sections())
    assert "there is no model `nemo`" in str(caught.value)
    assert ":7:" in str(caught.value)
