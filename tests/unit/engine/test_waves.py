"""In which order Macs have their turn: each once, who is waited for first, canaries first, no wave too large."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from carbon_fleet.engine.waves import Share, Wave, one_of_each, waves

NAMES = [f"mac-{number:02}" for number in range(12)]


@pytest.mark.parametrize(
    ("text", "up", "down"), [("3", 3, 3), ("25%", 3, 2), ("100%", 11, 11), ("1%", 1, 0), ("0", 1, 0), ("0%", 1, 0)]
)
def test_a_share_of_eleven(text: str, up: int, down: int) -> None:
    share = Share.read(text)
    assert (share.up(11) if share.percent else max(1, share.number), share.down(11), str(share)) == (up, down, text)


@pytest.mark.parametrize("text", ["", "%", "some", "-1", "1.5", "101%", "5 %%", "٣", "1e3"])
def test_what_is_no_share_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="neither a number of Macs nor a share"):
        Share.read(text)


def test_without_anything_asked_all_have_their_turn_together() -> None:
    assert waves(NAMES[:3]) == [Wave(("mac-00", "mac-01", "mac-02"))]
    assert waves([]) == []


def test_batches_of_a_share_of_all_after_canaries_of_the_same_size() -> None:
    planned = waves(NAMES[:5], batch=Share(40, percent=True), canaries={"mac-03", "mac-01", "mac-04"})
    assert [(wave.macs, wave.canary) for wave in planned] == [
        (("mac-01", "mac-03"), True),
        (("mac-04",), True),
        (("mac-00", "mac-02"), False),
    ]


def test_who_builds_for_a_canary_comes_with_it() -> None:
    planned = waves(NAMES[:3], canaries={"mac-00"}, waits={"mac-00": "mac-02", "mac-01": "mac-02"})
    assert planned == [Wave(("mac-02", "mac-00"), canary=True), Wave(("mac-01",))]


def test_a_builder_outside_the_run_is_waited_for_by_nobody() -> None:
    assert waves(["mac-01"], waits={"mac-01": "mac-09"}) == [Wave(("mac-01",))]


def test_the_first_of_each_class() -> None:
    assert one_of_each({"a": "M4", "b": "M1", "c": "M4", "d": "M1"}) == ["a", "b"]


macs = some.lists(some.sampled_from(NAMES), unique=True, min_size=1)
shares = some.none() | some.builds(Share, some.integers(1, 100), some.booleans())
builders = some.dictionaries(some.sampled_from(NAMES), some.sampled_from(NAMES))


@given(macs, shares, some.sets(some.sampled_from(NAMES)), builders)
def test_every_mac_has_exactly_one_turn(
    macs: list[str], batch: Share | None, canaries: set[str], waits: dict[str, str]
) -> None:
    planned = waves(macs, batch=batch, canaries=canaries, waits=waits)
    assert sorted(mac for wave in planned for mac in wave.macs) == sorted(macs)
    assert all(0 < len(wave.macs) <= (batch.up(len(macs)) if batch else len(macs)) for wave in planned)
    kinds = [wave.canary for wave in planned]
    assert kinds == sorted(kinds, reverse=True), "canaries come first"
    assert canaries & set(macs) <= {mac for wave in planned if wave.canary for mac in wave.macs}


@given(macs, shares, some.sets(some.sampled_from(NAMES)), builders)
def test_nobody_waits_for_one_who_comes_later(
    macs: list[str], batch: Share | None, canaries: set[str], waits: dict[str, str]
) -> None:
    """One level, as in a lab file: a builder waits for nobody."""
    waits = {mac: builder for mac, builder in waits.items() if builder not in waits}
    order = [mac for wave in waves(macs, batch=batch, canaries=canaries, waits=waits) for mac in wave.macs]
    for mac, builder in waits.items():
        if mac in order and builder in order:
            assert order.index(builder) < order.index(mac)


@given(macs, shares)
def test_where_nobody_waits_the_order_is_the_labs(macs: list[str], batch: Share | None) -> None:
    assert [mac for wave in waves(macs, batch=batch) for mac in wave.macs] == macs
