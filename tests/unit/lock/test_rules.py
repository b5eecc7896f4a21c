"""The shipped rules: each is valid, has a source, is met by an example, and is met no more once its move is made."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from carbon_fleet.lock.rules import FILE, Rule, compatibility, meets, read_rules, version_in
from carbon_fleet.lock.things import THINGS

EXAMPLES: dict[str, dict[str, str]] = {
    "krunkit-missing": {"provider": "libkrun", "krunkit": "none"},
    "krunkit-without-nested": {"podman": "5.6.0", "krunkit": "0.1.4"},
    "krunkit-without-timesync": {"podman": "6.0.2", "krunkit": "1.1.1"},
    "krunkit-stops-on-any-post": {"krunkit": "1.3.0"},
    "libkrun-file-permissions": {"libkrun": "1.19.2"},
    "tap-moved": {"tap": "slp/krun"},
    "tap-untrusted": {"homebrew": "6.0.18", "trust": "no"},
    "libkrun-efi-left": {"krunkit": "1.3.2", "libkrun-efi": "1.16.0"},
    "virglrenderer-without-venus": {"krunkit": "1.3.2", "virglrenderer": "1.3.0"},
    "machine-applehv": {"provider": "applehv"},
    "machine-older-than-podman-6": {"podman": "6.1.1", "machine-podman": "5.8.3"},
    "mesa-unrounded-old-kernel": {"kernel": "7.0.1-200.fc44.aarch64", "mesa-rounding": "no"},
    "mesa-unrounded-old-mesa": {"mesa": "26.0.8", "mesa-rounding": "no"},
    "macos-too-old": {"macos": "13.7.2 (22H313)"},
    "chip-a18": {"chip": "Apple A18 Pro"},
}
GOOD = {
    "chip": "Apple M4 Max",
    "macos": "26.1 (25B78)",
    "homebrew": "6.0.18",
    "tap": "libkrun/krun",
    "trust": "yes",
    "podman": "6.1.1",
    "krunkit": "1.3.2",
    "libkrun": "1.19.4",
    "libkrun-efi": "none",
    "virglrenderer": "none",
    "provider": "libkrun",
    "machine-podman": "6.1.1",
    "kernel": "7.0.1-200.fc44.aarch64",
    "mesa": "26.0.8",
    "mesa-rounding": "yes",
}
RULES = {rule.id: rule for rule in compatibility().rules}


def test_every_rule_has_an_example() -> None:
    assert RULES.keys() == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_rule_speaks_of_its_example_alone(name: str) -> None:
    rule, example = RULES[name], EXAMPLES[name]
    assert example.keys() == rule.when.keys()
    assert rule.meets(example) is True
    assert rule.meets(GOOD) is False
    for thing in example:
        known = {key: value for key, value in example.items() if key != thing}
        assert rule.meets(known) is None
        assert rule.unknown(known) == [thing]


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_it_says_to_move_to_is_met_no_more(name: str) -> None:
    rule = RULES[name]
    offers = compatibility().offers
    for thing, condition in rule.move.items():
        offered = offers[thing].versions if thing in offers else [GOOD[thing]]
        assert any(meets(thing, condition, version) for version in offered), (thing, condition)
        for version in (each for each in (*offered, GOOD[thing]) if meets(thing, condition, each)):
            assert rule.meets({**EXAMPLES[name], thing: version}) is False


def test_every_rule_and_offer_cites_who_says_so() -> None:
    sources = [source for rule in RULES.values() for source in rule.sources]
    sources += [offer.source for offer in compatibility().offers.values()]
    assert all(source.startswith("https://") for source in sources)


def plain() -> Any:
    return yaml.safe_load(FILE.read_text())


def broken(change: dict[str, Any]) -> str:
    document = plain()
    document["rules"][0] |= change
    return yaml.safe_dump(document)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"when": {"podmann": ">=6"}}, "no thing"),
        ({"when": {"krunkit": "six"}}, "not a version bound"),
        ({"move": {"libkrun": ">=1"}}, "moves what it is not over"),
        ({"sources": []}, "sources"),
        ({"code": "lower"}, "code"),
        ({"more": 1}, "more"),
        ({"id": "chip-a18"}, "same id"),
    ],
)
def test_a_rule_that_is_none_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        read_rules(broken(change))


@pytest.mark.parametrize(
    ("value", "version"),
    [
        ("26.0.8", "26.0.8"),
        ("mesa-vulkan-drivers-25.3.6-102.fc44", "25.3.6-102.fc44"),
        ("7.0.1-200.fc44.aarch64", "7.0.1-200.fc44.aarch64"),
        ("of-base-image", "of-base-image"),
    ],
)
def test_a_version_is_found_in_a_package_name(value: str, version: str) -> None:
    assert version_in(value) == version


def test_what_has_no_version_is_within_no_bound() -> None:
    assert meets("mesa", "<26.2.4", "of-base-image") is False
    assert meets("mesa", "<26.2.4", "mesa-vulkan-drivers-25.3.6-102.fc44") is True
    assert meets("kernel", "<7.2", "7.1.9-1.fc44") is True


def test_rules_are_over_things_only() -> None:
    assert {name for rule in RULES.values() for name in rule.when} <= THINGS.keys()
    assert isinstance(compatibility().rules[0], Rule)
