"""Three answers: good is only what was seen as a whole, bad what a rule speaks against, and all else is unknown."""

from carbon_fleet.lock.judge import Answer, Difference, differences, judge
from carbon_fleet.lock.rules import compatibility
from carbon_fleet.spec import LockedSet
from tests.unit.lock.test_rules import GOOD

RULES = compatibility().rules


def locked(*macs: str, verified: bool = True, things: dict[str, str] | None = None) -> LockedSet:
    names = macs or ("mac-01",)
    runs = dict.fromkeys(names, "run") if verified else {}
    return LockedSet(macs=names, verified=runs, things={**GOOD, **(things or {})})


def test_without_a_lock_nothing_is_good() -> None:
    verdict = judge(GOOD, RULES)
    assert (verdict.answer, verdict.nearest) == (Answer.UNKNOWN, None)


def test_what_was_seen_as_a_whole_is_good_on_any_mac() -> None:
    verdict = judge(GOOD, RULES, [locked("mac-02", things={"podman": "5.8.3"}), locked("mac-01")])
    assert verdict.answer is Answer.GOOD
    assert verdict.nearest is not None
    assert verdict.nearest.macs == ("mac-01",)


def test_one_other_version_is_unknown_and_named() -> None:
    verdict = judge({**GOOD, "molten-vk": "1.4.2"}, RULES, [locked(things={"molten-vk": "1.4.1"})])
    assert verdict.answer is Answer.UNKNOWN
    assert verdict.differs == (Difference("molten-vk", "1.4.2", "1.4.1"),)


def test_a_rule_beats_the_lock() -> None:
    old = {**GOOD, "krunkit": "1.1.1"}
    verdict = judge(old, RULES, [locked(things={"krunkit": "1.1.1"})])
    assert verdict.answer is Answer.BAD
    assert [rule.id for rule in verdict.broken] == ["krunkit-without-timesync", "krunkit-stops-on-any-post"]


def test_what_is_not_known_is_not_good() -> None:
    stopped = {name: value for name, value in GOOD.items() if name not in ("kernel", "mesa", "mesa-rounding")}
    verdict = judge(stopped, RULES, [locked()])
    assert verdict.answer is Answer.UNKNOWN
    assert {rule.id for rule in verdict.open} == {"mesa-unrounded-old-kernel", "mesa-unrounded-old-mesa"}


def test_a_lock_that_was_moved_by_parts_makes_nothing_good() -> None:
    assert judge(GOOD, RULES, [locked(verified=False)]).answer is Answer.UNKNOWN


def test_what_one_side_does_not_mention_is_as_good_as_not_there() -> None:
    assert differences(GOOD, locked(things={"formula.jq": "none"})) == ()
    assert differences(GOOD, locked(things={"formula.jq": "1.8.1"})) == (Difference("formula.jq", "", "1.8.1"),)


def test_a_bottle_made_anew_without_another_version_is_a_difference_where_both_are_known() -> None:
    things, one, other = {"podman": "6.1.1", "formula.jq": "1.8.1"}, "a" * 64, "b" * 64
    locked = LockedSet.model_construct(
        macs=("m",), verified={"m": "r"}, things=things, bottles={"podman": one, "jq": one, "krunkit": one}
    )
    same = {"podman": one, "jq": one}
    assert differences(things, locked, same) == ()
    assert judge(things, (), [locked], same).answer is Answer.GOOD
    assert differences(things, locked, {"podman": "not told", "jq": "built there"}) == ()
    assert differences(things, locked, {"podman": other}) == (Difference("bottle.podman", other, one),)
    assert judge(things, (), [locked], {"podman": other}).answer is Answer.UNKNOWN
    (moved,) = differences({**things, "podman": "6.2.0"}, locked, {"podman": other})
    assert moved.name == "podman", "another version has another bottle"
