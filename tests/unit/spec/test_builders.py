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


def grouped(defaults: str, *macs: str) -> Lab:
    lines = "".join(f"  mac-{number:02}: {{host: h{number}{more}}}\n" for number, more in enumerate(macs, start=1))
    return lab_from_text(f"{HEAD}{defaults}}}\ngroups: {{builders: {{}}, mac-03: {{}}}}\nmacs:\n{lines}", SECTIONS)


IN, ARM, X86 = ", groups: [builders]", ", platform: linux/arm64", ", platform: linux/amd64"


def test_of_a_group_the_first_mac_of_the_same_platform_builds() -> None:
    on = ", build_on: builders"
    assert builders(grouped(on, "", IN, IN)) == ["mac-02", None, "mac-02"]
    mixed = grouped(on, ARM, IN + ARM, X86, IN + ARM, IN + X86)
    assert builders(mixed) == ["mac-02", None, "mac-05", "mac-02", None]
    assert [mac.builds_for for mac in mixed.macs.values()] == [(), ("mac-01", "mac-04"), (), (), ("mac-03",)]
    assert builders(grouped("", "", IN, ", build_on: builders")) == [None, None, "mac-02"]


@pytest.mark.parametrize(
    ("macs", "words"),
    [
        (("", ""), "no Mac is in the group `builders`, one of them is to build the images of this Mac, write `groups"),
        (
            (IN + ARM, ""),
            "no Mac of the group `builders` builds for a platform that is not said, an image runs only on",
        ),
        ((IN + ARM, X86), "no Mac of the group `builders` builds for linux/amd64"),
        ((IN + ARM, X86), "and these have linux/arm64, write the `platform` of each, or `build_on: null` here"),
        ((IN + ", build_on: mac-02", "", ", build_on: null"), "`mac-01` builds nothing"),
        (("", ", build_on: mac-03", ""), "`mac-03` is a Mac and a group of this lab"),
    ],
)
def test_a_group_that_cannot_build_is_named(macs: tuple[str, ...], words: str) -> None:
    with pytest.raises(LabError) as caught:
        grouped(", build_on: builders", *macs)
    assert words in "\n".join(map(str, caught.value.errors))
