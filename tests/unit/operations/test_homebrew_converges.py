from hypothesis import example, given, settings

from carbon_fleet.plan import Change, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac
from operations.homebrew import FormulaSeen, FormulaWish, Homebrew, HomebrewSeen, Receipt, TapSeen, check, differences
from tests.unit.model.homebrew import apply, strategy_seen, strategy_wanted

MAC = Mac("mac-01")
WORLD = World(MAC, Snapshot("mac-01"))
TWO_TAPS_IN_ONE_RACK = HomebrewSeen(
    trusts=False,
    taps={"slp/krun": TapSeen()},
    formulae={
        "virglrenderer-krun": FormulaSeen({"1.0": Receipt(None), "5.6": Receipt("slp/krun")}),
        "gvproxy": FormulaSeen({"1.0": None}),
    },
)
LIBKRUN = Homebrew(formulae={"libkrun/krun/libkrun": FormulaWish()})
LIBKRUN_UNLINKED = HomebrewSeen(trusts=False, formulae={"libkrun": FormulaSeen({"1.0": Receipt("libkrun/krun")})})
VENUS_ALONE = Homebrew(formulae={"libkrun/krun/krunkit": None, "libkrun/krun/virglrenderer-krun": FormulaWish()})
CORES_LINKED = HomebrewSeen(trusts=False, formulae={"virglrenderer": FormulaSeen({"1.0": None}, "1.0")})
ANOTHER_KEG_TO_BE_LINKED = HomebrewSeen(
    trusts=False,
    formulae={
        "krunkit": FormulaSeen(
            {"1.0": Receipt("libkrun/krun"), "5.6": Receipt("libkrun/krun", False, ("molten-vk", "libepoxy"))},
            opt="1.0",
        )
    },
)


MIRRORED = World(Mac("mac-01", mirror="http://mirror.lan:8480"), Snapshot("mac-01"))


def changes(wanted: Homebrew, seen: HomebrewSeen, world: World = WORLD) -> list[Change]:
    return [finding for finding in differences(wanted, seen, world) if isinstance(finding, Change)]


@settings(max_examples=100, deadline=None)
@given(strategy_wanted(), strategy_seen())
def test_with_a_mirror_one_run_removes_every_difference_too(wanted: Homebrew, seen: HomebrewSeen) -> None:
    for change in changes(wanted, seen, MIRRORED):
        seen = apply(seen, change)
    assert changes(wanted, seen, MIRRORED) == []
    assert {seen.taps[tap].remote for tap in wanted.taps} == {
        f"http://mirror.lan:8480/git/{tap.replace('/', '/homebrew-')}.git" for tap in wanted.taps
    }


@settings(max_examples=300, deadline=None)
@given(strategy_wanted(), strategy_seen())
@example(Homebrew(), TWO_TAPS_IN_ONE_RACK)
@example(LIBKRUN, LIBKRUN_UNLINKED)
@example(VENUS_ALONE, CORES_LINKED)
@example(Homebrew(), ANOTHER_KEG_TO_BE_LINKED)
def test_one_run_removes_every_difference(wanted: Homebrew, seen: HomebrewSeen) -> None:
    assert not list(check(wanted, MAC))
    first = changes(wanted, seen)
    addresses = [change.address for change in first]
    assert len(addresses) == len(set(addresses))
    for change in first:
        assert change.attributes
        assert all(attribute.before != attribute.after for attribute in change.attributes)
        seen = apply(seen, change)
    assert changes(wanted, seen) == []


@settings(max_examples=60, deadline=None)
@given(strategy_wanted(), strategy_seen())
@example(Homebrew(), TWO_TAPS_IN_ONE_RACK)
@example(LIBKRUN, LIBKRUN_UNLINKED)
@example(VENUS_ALONE, CORES_LINKED)
@example(Homebrew(), ANOTHER_KEG_TO_BE_LINKED)
def test_a_run_cut_off_anywhere_is_finished_by_the_next(wanted: Homebrew, seen: HomebrewSeen) -> None:
    for cut in range(1, len(changes(wanted, seen)) + 1):
        after = seen
        for change in changes(wanted, seen)[:cut]:
            after = apply(after, change)
        for change in changes(wanted, after):
            after = apply(after, change)
        assert changes(wanted, after) == []


@given(strategy_wanted(), strategy_seen())
def test_brew_installs_at_most_once(wanted: Homebrew, seen: HomebrewSeen) -> None:
    commands = [str(command) for change in changes(wanted, seen) for command in change.commands]
    assert sum(" install --formula " in command for command in commands) <= 1
    assert sum(" install --cask " in command for command in commands) <= 1
    assert sum(" update --quiet" in command for command in commands) <= 1
