"""Plan files: what their digest is over, what stands in them, and that a file that is none is named so."""

import json
import random
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.plan import Action, Attribute, Bring, Change, Delivery, Refusal, mac
from carbon_fleet.plan.bound import BoundMac, BoundPlan, NotAPlan, bound_mac, id_of, is_plan, read_plan
from carbon_fleet.plan.stale import stale_lock, stale_mac, stale_wish
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot
from carbon_fleet.spec import Mac
from tests.unit.plan.plan_program import plan_of

AGAIN = "carbon-fleet plan lab.yml -o x.plan"
CHANGE = Change(
    "guest.file./etc/x",
    Action.UPDATE,
    (Attribute("mode", "0644", "0600"),),
    "the lab file says so",
    (mac("chmod", "0600", "/etc/x", stdin="canary-of-stdin"),),
)
SECTIONS = {
    "homebrew": Section("homebrew", facts={"keg": ("podman 6.1.1", "krunkit 1.3.2"), "linked": ("podman 6.1.1",)}),
    "machine": Section("machine", facts={"time": ("1",), "name": ("carbon",)}, blocks={"inspect": Block("inspect", 0)}),
    "guest": Section("guest", facts={"file": ("absent /etc/x",)}),
}
SEEN = Snapshot("mac-01", SECTIONS, Guest.REACHED)
MAC = Mac("mac-01", host="10.0.0.1", groups=("canary",))


def plan(wish: Mac = MAC, seen: Snapshot = SEEN, lock: str | None = "0" * 64, **more: Any) -> BoundPlan:
    macs = {wish.name: bound_mac(wish, seen, [CHANGE], ())}
    given_ = {"only": (), "skip": (), "missing": {}, "macs": macs} | more
    return BoundPlan(version="1", lab="brisbane", file="lab.yml", lock=lock, **given_).sealed()


def look(name: str, **facts: tuple[str, ...]) -> Snapshot:
    section = SECTIONS[name]
    return replace(SEEN, sections={**SECTIONS, name: replace(section, facts={**section.facts, **facts})})


texts = st.text(max_size=8)
facts = st.dictionaries(texts, st.lists(texts, max_size=3).map(tuple), max_size=3)
sections = st.dictionaries(st.sampled_from(["homebrew", "machine", "guest", "stack"]), facts, max_size=4)
macs = st.builds(Mac, st.just("mac-01"), host=texts, port=st.integers(1, 65535), groups=st.tuples(texts))


def _snapshot(said: dict[str, dict[str, tuple[str, ...]]], guest: Guest) -> Snapshot:
    return Snapshot("mac-01", {name: Section(name, facts=told) for name, told in said.items()}, guest)


worlds = st.tuples(macs, st.builds(_snapshot, sections, st.sampled_from(Guest)), st.none() | st.just("0" * 64))


@given(worlds, worlds, st.sets(st.integers(0, 2)))
def test_the_digest_moves_when_and_only_when_wish_lock_or_snapshot_do(one: Any, other: Any, taken: set[int]) -> None:
    mixed = tuple(other[place] if place in taken else one[place] for place in range(3))
    same = (one[0].digest, one[1].digest, one[2]) == (mixed[0].digest, mixed[1].digest, mixed[2])
    first, second = (plan(wish, seen, lock) for wish, seen, lock in (one, mixed))
    assert (first.digest == second.digest) is same
    refused = stale_wish(first.macs["mac-01"], mixed[0], AGAIN) + stale_lock(first.lock, mixed[2], AGAIN)
    refused += stale_mac(first.macs["mac-01"], mixed[1], [CHANGE], (), AGAIN)
    assert bool(refused) is not same, "what moves the digest is refused, and nothing else is"


def test_who_made_it_when_moves_nothing() -> None:
    assert plan(run="r", made="today", by="ann@desk").digest == plan().digest


def test_it_is_read_as_it_was_written() -> None:
    made = plan_of(random.Random(1))
    assert is_plan(made.text())
    assert read_plan(made.text()) == made
    assert read_plan(json.dumps(json.loads(made.text()))) == made, "white space is no change"


def test_what_commands_read_is_in_no_plan_file() -> None:
    assert "canary-of-stdin" not in plan().text()
    cleaned = bound_mac(MAC, SEEN, [CHANGE], (), clean=lambda text: text.replace("0600", "(secret)"))
    assert "0600" not in cleaned.model_dump_json()
    assert cleaned.changes[0].id == id_of(CHANGE)


OTHERS = [
    replace(CHANGE, address="guest.file./etc/y"),
    replace(CHANGE, action=Action.REPLACE),
    replace(CHANGE, attributes=(Attribute("mode", "0640", "0600"),)),
    replace(CHANGE, attributes=()),
    replace(CHANGE, commands=(mac("chmod", "0600", "/etc/x y"),)),
    replace(CHANGE, commands=(mac("chmod", "0600", "/etc/x", env={"A": "1"}),)),
    replace(CHANGE, at_stake=("volume data",)),
    replace(CHANGE, deliveries=(Delivery("model", "0" * 64, "/x"),)),
    replace(CHANGE, bring=Bring("a:1", "0", "mac-02", 5)),
]


@pytest.mark.parametrize("other", OTHERS)
def test_a_change_is_told_from_every_other(other: Change) -> None:
    assert id_of(other) != id_of(CHANGE)
    assert id_of(replace(CHANGE, reason="other words")) == id_of(CHANGE)


@given(st.data())
def test_a_file_that_was_cut_off_or_changed_is_named_so(data: st.DataObject) -> None:
    text = plan().text()
    at = data.draw(st.integers(len('{\n "format": "carbon-fleet plan"'), len(text) - 3))
    letter = data.draw(st.characters(codec="utf-8"))
    for broken in (text[:at], text[:at] + letter + text[at + 1 :], text[:at] + letter + text[at:]):
        with suppress(NotAPlan):
            again = read_plan(broken)
            assert again.model_copy(update={"run": "", "made": "", "by": ""}) == plan(), broken


@pytest.mark.parametrize(
    ("edit", "says", "changed"),
    [
        ({"format_version": 2}, "its format_version is 2, and this carbon-fleet reads 1", False),
        ({"format": "other"}, "it is not as `plan` writes it: format", True),
        ({"lock": "1" * 64}, "it was changed after `plan` wrote it", True),
        ({"macs": []}, "it is not as `plan` writes it: macs", True),
        ({"more": 1}, "it is not as `plan` writes it: more", True),
        ({"digest": 1}, "it is not as `plan` writes it: digest", True),
    ],
)
def test_what_is_wrong_with_it_is_said(edit: dict[str, Any], says: str, changed: bool) -> None:
    with pytest.raises(NotAPlan) as why:
        read_plan(json.dumps({**json.loads(plan().text()), **edit}))
    assert str(why.value).startswith(says)
    assert why.value.changed is changed


@pytest.mark.parametrize("text", ["", "lab: x", "{}", "[]", '{"format": "x"}', '{"macs": {}}'])
def test_other_files_are_no_plans(text: str) -> None:
    assert not is_plan(text)


@pytest.mark.parametrize("text", ["[1]", "null", "[" * 100_000, "{}", '{"format_version": 1}'])
def test_whatever_is_read_it_is_no_traceback(text: str) -> None:
    with pytest.raises(NotAPlan):
        read_plan(text)


def bound(**more: Any) -> BoundMac:
    return plan(**more).macs["mac-01"]


def words(refusals: tuple[Refusal, ...]) -> list[tuple[str, str, str]]:
    assert {one.remedy for one in refusals} <= {AGAIN}
    return [(one.address, one.code, one.what) for one in refusals]


def test_a_wish_that_moved_is_named_by_its_keys() -> None:
    (said,) = words(stale_wish(bound(), replace(MAC, port=23, groups=()), AGAIN))
    assert said == (
        "lab",
        "PLAN_STALE",
        "the lab file says something else of mac-01 than when the plan was made: groups, port",
    )
    assert words(stale_wish(bound(), replace(MAC, lab="other"), AGAIN))[0][2].endswith(": the lab's name")


LOCKS = [(None, "a", "is new"), ("a", None, "is gone"), ("a", "b", "is another")]


@pytest.mark.parametrize(("then", "now", "how"), LOCKS)
def test_a_lock_that_moved_is_named(then: str | None, now: str | None, how: str) -> None:
    assert words(stale_lock(then, now, AGAIN)) == [
        ("lock", "PLAN_STALE", f"the lab's lock file {how} since the plan was made")
    ]


def test_what_moved_on_the_mac_is_named_with_what_it_would_lead_to() -> None:
    new = replace(CHANGE, address="homebrew.formula.krunkit", attributes=(Attribute("version", None, "1.3.2"),))
    moved = look("homebrew", keg=("podman 6.1.1",), alias=("old",))
    (said,) = words(stale_mac(bound(), moved, [CHANGE, new], (), AGAIN))
    assert said == (
        "homebrew",
        "PLAN_STALE",
        "`homebrew` is not as it was when the plan was made: alias, keg; "
        "what would be changed now, and is not in the plan: homebrew.formula.krunkit (version)",
    )
    assert words(stale_mac(bound(), look("machine", time=("2",)), [CHANGE], (), AGAIN)) == []


@pytest.mark.parametrize(
    ("then", "now", "says"),
    [
        (Guest.REACHED, Guest.STOPPED, "ran when the plan was made, and is stopped"),
        (Guest.STOPPED, Guest.REACHED, "was stopped when the plan was made, and runs"),
        (Guest.ABSENT, Guest.STOPPED, "was not there when the plan was made, and is stopped"),
        (Guest.REACHED, Guest.ABSENT, "ran when the plan was made, and is not there"),
        (Guest.REACHED, Guest.UNREADABLE, "ran when the plan was made, and cannot be entered"),
    ],
)
def test_a_machine_in_another_state_is_said_once(then: Guest, now: Guest, says: str) -> None:
    before = bound(seen=replace(SEEN, guest=then))
    rest = {name: section for name, section in SECTIONS.items() if name != "guest"}
    after = replace(SEEN, guest=now, sections=rest)
    said = words(stale_mac(before, after, [CHANGE], {"guest"}, AGAIN))
    assert said == [("machine", "PLAN_STALE", f"the virtual machine {says}")]
