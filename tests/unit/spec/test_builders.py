"""`build_on`: who builds for whom, and every way to say it wrongly."""

import pytest

from carbon_fleet.spec import Lab, LabError, lab_from_text
from tests.unit.spec.models import SECTIONS

HEAD = "lab: b\ndefaults: {user: lab"


def lab(defaults: str, *macs: str) -> Lab:
    lines = "".join(f"  mac-{number:02}: {{host: h{number}{more}}}\n" for number, more in enumerate(macs, start=1))
    return lab_from_text(f"{HEAD}{defaults}}}\nmacs:\n{lines}", SECTIONS)


def builders(found: Lab) -> list[str | None]:
    return [mac.builder.name if mac.builder else None for mac in found.macs.values()]


def test_the_defaults_may_name_the_builder_for_all_of_which_it_is_one() -> None:
    assert builders(lab(", build_on: mac-01", "", "", "")) == [None, "mac-01", "mac-01"]
    assert builders(lab(", build_on: mac-01", "", ", build_on: null", ", build_on: mac-02")) == [None, None, "mac-02"]
    assert builders(lab("", "", "")) == [None, None]


def test_who_builds_is_a_part_of_the_wish() -> None:
    mac = lab("", "", ", build_on: mac-01").mac("mac-02")
    assert mac.wish()["build_on"] == "mac-01"
    assert mac.digest != lab("", "", "").mac("mac-02").digest


@pytest.mark.parametrize(
    ("defaults", "macs", "place", "words"),
    [
        (", build_on: mac-1", ("", ""), "lab.yml:2:33", "`mac-1` is not a Mac or a group of this lab, the builder"),
        ("", ("", ", build_on: mac-04", ", build_on: mac-02", ""), "lab.yml:6:32", "`mac-02` builds nothing"),
        ("", (", build_on: 7",), "lab.yml:4:32", "text is needed"),
    ],
)
def test_what_is_wrong_is_named_at_its_line(defaults: str, macs: tuple[str, ...], place: str, words: str) -> None:
    with pytest.raises(LabError) as caught:
        lab(defaults, *macs)
    (fault,) = caught.value.errors
    assert (place in str(fault), words in str(fault)) == (True, True), str(fault)


def test_a_builder_that_is_itself_wrong_is_the_only_fault() -> None:
    with pytest.raises(LabError) as caught:
        lab("", ", port: 99999", ", build_on: mac-01")
    assert [fault.path for fault in caught.value.errors] == ["port"]
