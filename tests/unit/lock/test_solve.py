"""The fewest moves out of what rules speak against: all of them, and only those, as brute force finds them."""

from collections.abc import Mapping, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_fleet.lock.rules import Rule, compatibility
from carbon_fleet.lock.solve import MOST, Move, Moves, ways

NAMES = ("podman", "krunkit", "libkrun", "tap", "provider", "kernel")
VERSIONS = ("0.2.0", "1.1.1", "1.3.2", "6.0", "6.1.1", "none")
WORDS = ("slp/krun", "libkrun/krun", "none")


def values(name: str) -> Sequence[str]:
    return WORDS if name in ("tap", "provider") else VERSIONS


def conditions(name: str) -> st.SearchStrategy[str]:
    if name in ("tap", "provider"):
        return st.sampled_from(["slp/*", "libkrun/krun", "slp/krun | libkrun/*", "none", "present"])
    bounds = st.tuples(st.sampled_from([">=", "<", "==", "!="]), st.sampled_from(VERSIONS[:-1])).map("".join)
    return bounds | st.sampled_from(["none", "present", ">=1.1.1,<6.1"])


def rule(when: Mapping[str, str]) -> Rule:
    some = dict([next(iter(when.items()))])
    words = {"what": "w", "why": "y", "do": "d"}
    return Rule(id="a", code="AB", when=dict(when), move=some, sources=["https://x"], **words)


rules = st.lists(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
    .flatmap(lambda names: st.fixed_dictionaries({name: conditions(name) for name in names}))
    .map(rule),
    min_size=1,
    max_size=6,
)
tuples = st.fixed_dictionaries({}, optional={name: st.sampled_from(values(name)) for name in NAMES})
offers = st.fixed_dictionaries(
    {}, optional={name: st.lists(st.sampled_from(values(name)), min_size=1, max_size=3, unique=True) for name in NAMES}
)


def brute_force(things: Mapping[str, str], rules: Sequence[Rule], offers: Mapping[str, Sequence[str]]) -> set[Moves]:
    names = sorted(things)
    choices = [dict.fromkeys((things[name], *offers.get(name, ()))) for name in names]
    good = [
        tuple(Move(name, things[name], one[name]) for name in names if one[name] != things[name])
        for one in (dict(zip(names, chosen, strict=True)) for chosen in product(*choices))
        if not any(each.meets(one) for each in rules)
    ]
    least = min(map(len, good), default=0)
    return {way for way in good if len(way) == least}


@settings(max_examples=300, deadline=None)
@given(tuples, rules, offers)
def test_it_finds_what_brute_force_finds(
    things: dict[str, str], rules: list[Rule], offers: dict[str, list[str]]
) -> None:
    found = ways(things, rules, offers)
    assert len(set(found)) == len(found)
    assert set(found) == brute_force(things, rules, offers)


SHIPPED = {name: list(offer.versions) for name, offer in compatibility().offers.items()}
ON_A_MAC = {
    "homebrew": ("5.1.0", "6.0.18"),
    "tap": ("slp/krunkit", "slp/krun", "libkrun/krun"),
    "trust": ("yes", "no"),
    "podman": ("5.5.0", "5.8.3", "6.1.1", "6.2.0"),
    "krunkit": ("none", "0.1.4", "1.1.1", "1.3.0", "1.3.2"),
    "libkrun": ("1.16.0", "1.19.2", "1.19.4"),
    "libkrun-efi": ("none", "1.16.0"),
    "virglrenderer": ("none", "1.3.0"),
    "provider": ("applehv", "libkrun"),
    "machine-podman": ("5.8.3", "6.1.1"),
    "kernel": ("6.18.4-200.fc44.aarch64", "7.2.13"),
    "mesa": ("25.0.7", "26.0.8", "26.2.6", "mesa-vulkan-drivers-25.3.6-102.fc44"),
    "mesa-rounding": ("yes", "no"),
}


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries({name: st.sampled_from(versions) for name, versions in ON_A_MAC.items()}))
def test_the_shipped_rules_and_offers_lead_out_of_any_of_these(things: dict[str, str]) -> None:
    """A Mac of this shape is always led out, by as few moves as brute force over the things that rules touch."""
    rules = compatibility().rules
    found = ways(things, rules, SHIPPED)
    if sum(bool(each.meets(things)) for each in rules) > MOST:
        return
    assert found
    best = {**things, **{move.name: move.after for move in found[0]}}
    assert not [each.id for each in rules if each.meets(best)]
    fewer = [way for way in brute_force_of_moves(things, len(found[0]) - 1) if good(things, way, rules)]
    assert fewer == []


def brute_force_of_moves(things: Mapping[str, str], most: int) -> list[dict[str, str]]:
    """Every choice of at most so many moves."""
    named = [(name, version) for name, versions in SHIPPED.items() if name in things for version in versions]
    found: list[dict[str, str]] = [{}]
    for name, version in named:
        found += [{**way, name: version} for way in found if len(way) < most and name not in way]
    return found if most >= 0 else []


def good(things: Mapping[str, str], way: Mapping[str, str], rules: Sequence[Rule]) -> bool:
    return not any(each.meets({**things, **way}) for each in rules)


@pytest.mark.parametrize(
    ("offered", "first"),
    [
        (["1.3.2", "1.2.2"], "1.3.2"),
        (["1.2.2", "1.3.2"], "1.2.2"),
    ],
)
def test_what_is_offered_first_is_preferred(offered: list[str], first: str) -> None:
    too_old = rule({"podman": ">=6.0", "krunkit": "<1.2.0"})
    found = ways({"podman": "6.1.1", "krunkit": "1.1.1"}, [too_old], {"krunkit": offered, "podman": ["5.8.9"]})
    assert found[0] == (Move("krunkit", "1.1.1", first),)
    assert found[-1] == (Move("podman", "6.1.1", "5.8.9"),), "it helps as well, and goes back"
    assert found[-1][0].back


def test_nothing_broken_needs_no_move_and_no_way_out_is_none() -> None:
    old = rule({"krunkit": "<1.2.0"})
    assert ways({"krunkit": "1.3.2"}, [old], {}) == ((),)
    assert ways({"krunkit": "1.1.1"}, [old], {"krunkit": ["1.1.0"]}) == ()
    assert ways({}, [old], {"krunkit": ["1.3.2"]}) == ((),), "of what is not known nothing is concluded"
