import pytest
from pydantic import ValidationError

from carbon_fleet.plan import Refusal, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import LockedSet, Mac, VersionBound
from operations.homebrew import (
    FormulaSeen,
    FormulaWish,
    Homebrew,
    HomebrewSeen,
    Receipt,
    asks,
    check,
    differences,
    held,
)
from operations.homebrew.version import too_new

KRUNKIT = "libkrun/krun/krunkit"
MAC = Mac("mac-01")


def wish(text: str) -> Homebrew:
    return Homebrew.model_validate_json(text)


def test_a_lab_file_adds_to_what_is_built_in() -> None:
    wanted = wish('{"formulae": {"jq": {}, "podman": {"pin": true}}}')
    assert wanted.wished == {
        "podman": FormulaWish(version=VersionBound(">=5.6"), pin=True),
        KRUNKIT: FormulaWish(version=VersionBound(">=1.3.2")),
        "jq": FormulaWish(),
    }
    assert list(wish('{"formulae": {"podman": null}}').wished) == [KRUNKIT]
    assert Homebrew() == wish("{}")
    assert wish(wanted.model_dump_json()) == wanted


@pytest.mark.parametrize(
    "text",
    [
        '{"tap_urls": {"lab/kept": "http://git.example/kept"}}',
        '{"formulae": ["podman"]}',
        '{"formulae": {"podman": ">=5"}}',
        '{"formulae": {"A b": {}}}',
    ],
)
def test_what_is_no_wish_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        wish(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"formulae": {"foo/bar/jq": {}}}', "add `foo/bar` to `homebrew.taps`"),
        ('{"taps": []}', "add `libkrun/krun` to `homebrew.taps`"),
        ('{"taps": ["libkrun/krun", "slp/krun"], "formulae": {"slp/krun/krunkit": {}}}', f"write `{KRUNKIT}: null`"),
        ('{"tap_urls": {"lab/kept": "https://git.example/kept.git"}}', "add `lab/kept` to `homebrew.taps`"),
        ('{"formulae": {"virglrenderer": {}}}', "write `virglrenderer: null`"),
    ],
)
def test_a_wish_that_cannot_be_is_a_problem(text: str, says: str) -> None:
    (problem,) = check(wish(text), MAC)
    assert says in problem.write
    assert problem.path[:1] == ("homebrew",)


def test_a_wish_that_can_be_is_none() -> None:
    assert list(check(wish('{"formulae": {"homebrew/core/jq": {}}}'), MAC)) == []
    assert list(check(wish(f'{{"formulae": {{"{KRUNKIT}": null, "virglrenderer": {{}}}}}}'), MAC)) == []


def test_the_probe_is_asked_about_the_krun_family_only_with_krunkit() -> None:
    with_it, without = asks(Homebrew(), MAC), asks(wish(f'{{"formulae": {{"{KRUNKIT}": null}}}}'), MAC)
    assert "virglrenderer-krun" in with_it["CF_HOMEBREW_NAMES"].split()
    assert with_it["CF_HOMEBREW_OLD_TAPS"] == "slp/krunkit slp/krun"
    assert (without["CF_HOMEBREW_NAMES"], without["CF_HOMEBREW_OLD_TAPS"]) == ("podman", "")


@pytest.mark.parametrize(
    ("bound", "version", "above"),
    [
        (">=5.6", "5.4", False),
        (">=5.6,<7", "7.0.1", True),
        ("<7", "7.0", True),
        ("<=6.1", "6.1.1_2", True),
        ("6.1.1", "6.2", True),
        ("6.1.1", "6.1", False),
        ("==6.*", "7.1", True),
        ("~=5.6", "6.0", True),
        (">=5.6,<7", "5.0", False),
        ("!=6.1", "6.1", False),
        ("<7", "6.1", False),
        ("*", "9", False),
        ("<7", "HEAD-abc", False),
    ],
)
def test_what_is_above_a_bound(bound: str, version: str, above: bool) -> None:
    assert too_new(VersionBound(bound), version) is above


def test_above_its_bound_is_refused_not_upgraded() -> None:
    seen = HomebrewSeen(formulae={"jq": FormulaSeen({"1.8.1": Receipt("homebrew/core")}, "1.8.1", "1.8.1")})
    wanted = wish(f'{{"taps": [], "formulae": {{"podman": null, "{KRUNKIT}": null, "jq": {{"version": "<1.8"}}}}}}')
    (refusal,) = differences(wanted, seen, World(MAC, Snapshot("mac-01")))
    assert isinstance(refusal, Refusal)
    assert (refusal.address, refusal.code) == ("homebrew.formula.jq", "FORMULA_TOO_NEW")
    assert "1.8.1" in refusal.what
    assert "homebrew.formulae.jq.version" in refusal.remedy


def test_what_would_be_linked_above_its_bound_is_refused_not_linked() -> None:
    kegs = dict.fromkeys(("1.7", "1.8.1"), Receipt("homebrew/core"))
    wanted = wish(f'{{"taps": [], "formulae": {{"podman": null, "{KRUNKIT}": null, "jq": {{"version": "<1.8"}}}}}}')
    seen = HomebrewSeen(formulae={"jq": FormulaSeen(kegs, None, "1.7")})
    (refusal,) = differences(wanted, seen, World(MAC, Snapshot("mac-01")))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "FORMULA_TOO_NEW"
    assert not list(
        differences(
            wanted, HomebrewSeen(formulae={"jq": FormulaSeen(kegs, "1.7", "1.7")}), World(MAC, Snapshot("mac-01"))
        )
    )


LOCK = LockedSet(macs=("m",), things={"podman": "6.1.1", "formula.jq": "1.8.1", "krunkit": "none"})


def pins(text: str, locked: LockedSet | None = LOCK) -> dict[str, bool]:
    wish = Homebrew.model_validate_json(text)
    return {name: one.pin for name, one in held(wish, Mac("m", locked=locked)).wished.items()}


def test_a_lock_pins_what_it_names_unless_the_lab_file_says_otherwise() -> None:
    built_in = {"podman": True, "libkrun/krun/krunkit": False}
    assert pins("{}") == built_in
    assert pins("{}", None) == {"podman": False, "libkrun/krun/krunkit": False}
    assert pins('{"formulae": {"jq": {}, "podman": {"version": ">=6"}}}') == {**built_in, "jq": True}
    assert pins('{"formulae": {"podman": {"pin": false}}}') == {**built_in, "podman": False}
