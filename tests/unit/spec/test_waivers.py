"""`waivers:` and `report_interval:` of a lab file: what they take, and the words for what they do not."""

from datetime import date

import jsonschema
import pytest
import yaml

from carbon_fleet.spec import Duration, Waiver, lab_schema
from carbon_fleet.spec.waiver import over
from tests.unit.spec.models import GOOD, SECTIONS, fault, faults, load

ONE = """\
waivers:
  - address: homebrew.formula.*
    macs: [canary, mac-02]
    reason: the next krunkit is tried here
    owner: lee
    expires: 2026-12-31
"""


def waiver(expires: str = "2026-12-31", address: str = "machine.carbon") -> Waiver:
    return Waiver(address=address, reason="r", owner="o", expires=expires)


def test_a_waiver_is_given_to_the_macs_it_is_about() -> None:
    lab = load(GOOD + ONE.replace(", mac-02", ""))
    assert [each.owner for each in lab.waivers] == ["lee"]
    assert lab.mac("mac-01").waivers == lab.waivers
    assert lab.mac("mac-02").waivers == ()


def test_without_macs_it_is_about_all() -> None:
    lab = load(GOOD + ONE.replace("    macs: [canary, mac-02]\n", ""))
    assert all(mac.waivers for mac in lab.macs.values())


@pytest.mark.parametrize("word", ["mac-*", "*", "canary", "mac-01"])
def test_macs_are_names_globs_or_groups(word: str) -> None:
    assert load(GOOD + ONE.replace("canary, mac-02", f'"{word}"')).mac("mac-01").waivers


def test_waivers_change_no_digest() -> None:
    assert load(GOOD + ONE).digest == load(GOOD).digest


@pytest.mark.parametrize("nothing", ["waivers:", "waivers: []", "waivers: null"])
def test_no_waivers(nothing: str) -> None:
    assert load(f"{GOOD}{nothing}\n").waivers == ()


def test_it_holds_through_its_last_day() -> None:
    assert not waiver().expired(date(2026, 12, 31))
    assert waiver().expired(date(2027, 1, 1))


def test_of_several_the_longest_stands() -> None:
    found = over((waiver("2026-01-01"), waiver("2027-01-01"), waiver("2028-01-01", "power.ac")), "machine.carbon")
    assert found
    assert found.expires == "2027-01-01"
    assert over((waiver(),), "machine.other") is None
    assert over((waiver(address="machine.*"),), "machine.other")


@pytest.mark.parametrize(
    ("wrong", "right", "column", "words"),
    [
        ("2026-12-31", "2026-02-30", 14, "waivers[0].expires: `2026-02-30` is not a day"),
        ("2026-12-31", "soon", 14, "`soon` is not a day, a day is year, month and day, write it as `2026-12-31`"),
        ("canary, mac-02", "canry", 12, "waivers[0].macs[0]: no Mac, glob or group of this lab is called `canry`, "
         "did you mean `canary`?"),
        ("    owner: lee\n", "", 5, "waivers[0].owner: `owner` is missing"),
        ("owner", "ower", 5, "waivers[0].ower: `ower` is not a key here, did you mean `owner`?"),
        ("[canary, mac-02]", "canary", 11, "waivers[0].macs: `canary` is text to YAML, and a list is needed"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_at_its_line(wrong: str, right: str, column: int, words: str) -> None:
    found = next(each for each in faults(GOOD + ONE.replace(wrong, right)) if words in str(each))
    assert found.line > GOOD.count("\n")
    assert found.column == column


def test_a_list_is_needed() -> None:
    assert "waivers: this is a map, and a list is needed" in str(fault(GOOD + "waivers: {a: b}\n"))


def test_the_schema_knows_them() -> None:
    validator = jsonschema.Draft202012Validator(lab_schema(SECTIONS))
    assert list(validator.iter_errors(yaml.safe_load(GOOD + ONE.replace("2026-12-31", '"2026-12-31"')))) == []
    assert list(validator.iter_errors(yaml.safe_load(GOOD + "waivers: [{adress: x}]\n")))


def test_report_interval_is_of_any_layer() -> None:
    lab = load(GOOD.replace("  user: lab\n", "  user: lab\n  report_interval: 1d\n").replace(
        "host: mac-02.local", "host: mac-02.local, report_interval: null"))  # fmt: skip
    assert lab.mac("mac-01").report_interval == Duration("1d")
    assert lab.mac("mac-02").report_interval is None
    assert lab.mac("mac-01").wish()["report_interval"] == "1d"
    assert "has no unit" in str(fault(GOOD.replace("  user: lab\n", "  user: lab\n  report_interval: 24\n")))
