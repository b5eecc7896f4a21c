"""A lock is made from what passed verifies saw, and moves only where it is told to."""

from carbon_fleet.lock.judge import Difference
from carbon_fleet.lock.making import Verified, locked_now, moving, upgraded
from carbon_fleet.lock.rules import compatibility
from carbon_fleet.lock.seen import Seen
from carbon_fleet.spec import LockFile
from carbon_fleet.spec.lockfile import lock_from_text, lock_text
from tests.unit.lock.lab import LOCK

MACS = ["mac-01", "mac-02", "mac-03"]
THINGS = {"podman": "6.1.1", "krunkit": "1.3.2", "formula.jq": "1.8.1"}
RULES = compatibility().rules


def saw(run: str = "run-1", **things: str) -> Verified:
    named = {name.replace("_", "-"): value for name, value in things.items()}
    return Verified(
        run, Seen({**THINGS, **named}, {"podman": f"homebrew/core@{run}", "jq": f"homebrew/core@{run}"}, {})
    )


def made(**verified: Verified) -> LockFile:
    return locked_now(None, "brisbane", MACS, {name.replace("_", "-"): one for name, one in verified.items()})


def test_equal_macs_stand_together_in_any_order() -> None:
    lock = made(mac_03=saw(), mac_01=saw(), mac_02=saw(podman="6.2.0"))
    assert [each.macs for each in lock.sets] == [("mac-01", "mac-03"), ("mac-02",)]
    assert lock == made(mac_02=saw(podman="6.2.0"), mac_01=saw(), mac_03=saw())
    assert lock_text(lock) == lock_text(lock_from_text(lock_text(lock), "brisbane", "x"))


def test_a_mac_that_is_locked_stays_and_a_new_one_joins() -> None:
    lock = made(mac_01=saw())
    more = locked_now(lock, "brisbane", MACS, {"mac-01": saw("run-2", podman="6.2.0"), "mac-02": saw("run-2")})
    first, second = more.of("mac-01"), more.of("mac-02")
    assert first is not None
    assert second is not None
    assert (first.things["podman"], first.verified) == ("6.1.1", {"mac-01": "run-1"})
    assert second.verified["mac-02"] == "run-2"
    assert locked_now(lock, "brisbane", ["mac-02"], {}).sets == (), "a Mac the lab has no more"


def test_an_upgrade_moves_what_moved_and_says_why_it_may() -> None:
    lock, new = made(mac_01=saw(), mac_02=saw()), {"mac-01": saw("run-2", podman="6.2.0"), "mac-02": saw("run-2")}
    (move,) = moving(lock, MACS, new, (), RULES)
    assert (move.mac, move.moves, move.broken, move.rest) == (
        "mac-01",
        (Difference("podman", "6.2.0", "6.1.1"),),
        (),
        (),
    )
    after = upgraded(lock, MACS, [move], new)
    first, second = after.of("mac-01"), after.of("mac-02")
    assert first is not None
    assert second is not None
    assert (first.things["podman"], first.verified) == ("6.2.0", {"mac-01": "run-2"})
    assert first.taps["podman"] == "homebrew/core@run-2"
    assert (second.things["podman"], second.verified) == ("6.1.1", {"mac-02": "run-1"})
    assert list(moving(after, MACS, new, (), RULES)) == []


def test_one_thing_alone_is_moved_and_the_whole_was_then_not_seen() -> None:
    lock, new = made(mac_01=saw()), {"mac-01": saw("run-2", podman="6.2.0", krunkit="1.4.0")}
    (move,) = moving(lock, MACS, new, ["podman"], RULES)
    assert (move.moves, move.rest) == ((Difference("podman", "6.2.0", "6.1.1"),), ("krunkit",))
    first = upgraded(lock, MACS, [move], new).of("mac-01")
    assert first is not None
    assert (first.things["podman"], first.things["krunkit"], first.verified) == ("6.2.0", "1.3.2", {})
    assert first.taps == {"podman": "homebrew/core@run-2", "jq": "homebrew/core@run-1"}


def test_what_a_rule_speaks_against_may_not() -> None:
    lock, new = made(mac_01=saw()), {"mac-01": saw("run-2", krunkit="1.1.1")}
    (move,) = moving(lock, MACS, new, (), RULES)
    assert [rule.code for rule in move.broken] == ["KRUNKIT_TOO_OLD", "KRUNKIT_REBOOTS"]


def test_a_file_of_earlier_is_kept_word_for_word() -> None:
    lock = lock_from_text(LOCK, "brisbane", "x")
    assert locked_now(lock, "brisbane", MACS, {}) == lock


def test_a_bottle_made_anew_moves_by_its_name_or_its_formulas() -> None:
    def poured(run: str, sha256: str) -> Verified:
        return Verified(run, Seen(THINGS, {}, {"podman": sha256}))

    lock, new = made(mac_01=poured("run-1", "a" * 64)), {"mac-01": poured("run-2", "b" * 64)}
    (move,) = moving(lock, MACS, new, (), RULES)
    assert move.moves == (Difference("bottle.podman", "b" * 64, "a" * 64),)
    after = upgraded(lock, MACS, [move], new).of("mac-01")
    assert after is not None
    assert (after.bottles, after.verified) == ({"podman": "b" * 64}, {"mac-01": "run-2"})
    assert list(moving(lock, MACS, new, ["krunkit"], RULES)) == []
