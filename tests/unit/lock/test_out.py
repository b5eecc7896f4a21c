"""A Mac out of the lock: what is other, why, and the event that moved it."""

from dataclasses import replace

import pytest

from carbon_fleet.lock.out import is_lock, not_locked, out_of_lock
from carbon_fleet.lock.seen import Seen
from carbon_fleet.plan.cause import Cause
from tests.unit.lock.lab import lab, locked_lab

MAC = locked_lab().mac("mac-01")
AS_LOCKED = {"podman": "6.1.1", "krunkit": "1.3.2", "macos": "26.1 (25B78)", "image.venus": "aa"}
THEN = {
    "macos": "26.1 (25B78)",
    "homebrew.formula.podman": "6.1.1, poured 2026-11-20 03:12 UTC by Homebrew 6.0.18",
    "homebrew.formula.libkrun/krun/krunkit": "1.3.2, poured 2026-11-20 03:12 UTC by Homebrew 6.0.18",
}
POURED = "6.2.0, poured 2026-11-30 05:10 UTC by Homebrew 6.0.19"


def out(
    things: dict[str, str], before: dict[str, str] = THEN, now: dict[str, str] = THEN
) -> list[tuple[str, Cause, str]]:
    found = out_of_lock(MAC, Seen({**AS_LOCKED, **things}), before, now)
    assert all(each.change.commands == () for each in found), "nothing of it is made"
    return [(each.change.address, each.cause, each.evidence) for each in found]


def test_a_mac_as_locked_has_nothing_out() -> None:
    assert out({}) == []


def test_brew_moved_it_and_the_receipts_say_when() -> None:
    now = {**THEN, "homebrew.formula.podman": POURED}
    said = f"homebrew.formula.podman: {THEN['homebrew.formula.podman']} → {POURED}"
    assert out({"podman": "6.2.0"}, now=now) == [("lock.podman", Cause.ENVIRONMENT, said)]


def test_without_a_record_the_receipt_says_it() -> None:
    now = {"homebrew.formula.podman": POURED}
    assert out({"podman": "6.2.0"}, {}, now)[0][2] == f"homebrew.formula.podman: {POURED}"


def test_a_formula_that_comes_from_another_tap_now() -> None:
    now = {key: said for key, said in THEN.items() if "krunkit" not in key}
    now["homebrew.formula.slp/krunkit/krunkit"] = "1.1.1, poured 2026-11-30 05:10 UTC by Homebrew 6.0.19"
    ((address, cause, said),) = out({"krunkit": "1.1.1"}, now=now)
    assert (address, cause) == ("lock.krunkit", Cause.ENVIRONMENT)
    assert "homebrew.formula.libkrun/krun/krunkit: 1.3.2" in said
    assert "→ homebrew.formula.slp/krunkit/krunkit: 1.1.1" in said


def test_an_update_of_macos_is_the_event() -> None:
    now = {**THEN, "macos": "26.2 (25C56)"}
    assert out({"macos": "26.2 (25C56)"}, now=now)[0][2] == "macos: 26.1 (25B78) → 26.2 (25C56)"


def test_what_the_lab_file_makes_is_intended() -> None:
    ((address, cause, _),) = out({"image.venus": "bb"})
    assert (address, cause) == ("lock.image.venus", Cause.INTENDED)


@pytest.mark.parametrize("name", AS_LOCKED)
def test_what_could_not_be_told_is_not_judged(name: str) -> None:
    seen = {key: value for key, value in AS_LOCKED.items() if key != name}
    assert out_of_lock(MAC, Seen(seen), THEN, THEN) == ()


def test_a_mac_the_lock_has_no_word_of_is_noted_and_not_judged() -> None:
    third = locked_lab().mac("mac-03")
    assert out_of_lock(third, Seen(AS_LOCKED), {}, {}) == ()
    assert [notice.code for notice in not_locked(third)] == ["NOT_LOCKED"]
    assert list(not_locked(MAC)) == []
    assert out_of_lock(lab().mac("mac-01"), Seen({}), {}, {}) == ()


def test_addresses_are_told_apart() -> None:
    assert is_lock("lock.podman")
    assert not is_lock("lock")
    assert not is_lock(replace(out_of_lock(MAC, Seen({"podman": "6"}), {}, {})[0].change, address="power.ac").address)


def test_a_bottle_made_anew_is_out_of_the_lock_with_its_receipt() -> None:
    assert MAC.locked is not None
    mac = replace(MAC, locked=MAC.locked.model_copy(update={"bottles": {"podman": "a" * 64}}))
    now = {**THEN, "homebrew.formula.podman": POURED}
    (found,) = out_of_lock(mac, Seen(AS_LOCKED, {}, {"podman": "b" * 64}), THEN, now)
    assert (found.change.address, found.cause) == ("lock.bottle.podman", Cause.ENVIRONMENT)
    assert POURED in found.evidence
    assert out_of_lock(mac, Seen(AS_LOCKED, {}, {"podman": "a" * 64}), THEN, now) == ()


def test_a_machine_made_anew_of_another_image_is_out_of_the_lock() -> None:
    assert MAC.locked is not None
    things = {**MAC.locked.things, "machine-image": "9" * 64}
    mac = replace(MAC, locked=MAC.locked.model_copy(update={"things": things}))
    then, now = {**THEN, "guest.os": "fedora 44.1"}, {**THEN, "guest.os": "fedora 44.2"}
    (found,) = out_of_lock(mac, Seen({**AS_LOCKED, "machine-image": "8" * 64}), then, now)
    assert (found.change.address, found.cause) == ("lock.machine-image", Cause.ENVIRONMENT)
    assert found.evidence == "guest.os: fedora 44.1 → fedora 44.2"
    assert out_of_lock(mac, Seen(AS_LOCKED), THEN, THEN) == (), "where nothing tells it, it is not judged"
