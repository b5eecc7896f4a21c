"""Why a Mac differs: what was applied, what is wished, what moved by itself. Every way they can meet."""

from dataclasses import replace

import pytest

from carbon_fleet import __version__
from carbon_fleet.plan import Action, Attribute, Change
from carbon_fleet.plan.applied import Applied
from carbon_fleet.plan.cause import NO_RECORD, Cause, Causes, causes
from carbon_fleet.snapshot import Section, Snapshot
from carbon_fleet.spec import Mac
from operations.homebrew import FormulaSeen, HomebrewSeen, Receipt
from operations.homebrew.versions import versions

PARTS = {"homebrew": "1", "homebrew.formula.podman": "1", "machine": "1", "stack": "1", "stack.a.b": "1", "power": "1"}
VERSIONS = {
    "homebrew": "5.1.0",
    "homebrew.formula.podman": "5.6.0, poured 2026-11-01 08:00 UTC by Homebrew 5.1.0",
    "homebrew.formula.libkrun/krun/krunkit": "1.3.2, poured 2026-11-01 08:00 UTC by Homebrew 5.1.0",
    "macos": "26.1 (25B78)",
    "guest.os": "fedora 42.20251101.3.0",
}
LAST = Applied("run", "when", "who", "spec", None, __version__, PARTS, VERSIONS)
SAME = Causes(LAST, "", None, PARTS, VERSIONS)
POURED = "6.0.1, poured 2026-11-20 03:12 UTC by Homebrew 6.0.2"


def change(address: str, *attributes: str) -> Change:
    pairs = tuple(Attribute(name, "before", "after") for name in attributes or ("state",))
    return Change(address, Action.UPDATE, pairs, "because", ())


def moved(**now: str) -> Causes:
    return replace(SAME, versions=VERSIONS | {key.replace("__", "."): value for key, value in now.items()})


def wished(**now: str) -> Causes:
    return replace(SAME, parts=PARTS | {key.replace("__", "."): value for key, value in now.items()})


@pytest.mark.parametrize("address", ["power.ac", "machine.carbon", "stack.a.b", "stack.other", "homebrew.tap.x/y"])
def test_the_same_wish_and_nothing_moved_is_corrective(address: str) -> None:
    assert SAME.of(change(address)) == (Cause.CORRECTIVE, "")


def test_without_a_record_it_is_unknown() -> None:
    assert Causes(None, NO_RECORD, None, {}, {}).of(change("power.ac")) == (Cause.UNKNOWN, NO_RECORD)


def test_what_came_due_by_itself_is_environment_unless_it_was_wished() -> None:
    due = replace(change("machine.replaced.2026"), event="its time was up")
    for why in (SAME, Causes(None, NO_RECORD, None, {}, {})):
        assert why.of(due) == (Cause.ENVIRONMENT, "its time was up")
    assert wished(machine="2").of(due)[0] is Cause.INTENDED, "the lab file keeps them for less"


@pytest.mark.parametrize("sections", [{}, {"record": Section("record", 1)}, {"record": Section("record")}])
def test_a_snapshot_without_a_record_never_raises(sections: dict[str, Section]) -> None:
    assert causes(Mac("m"), Snapshot("m", sections), None).of(change("power.ac"))[0] is Cause.UNKNOWN


def test_another_wish_is_intended() -> None:
    found = wished(machine="2").of(change("machine.carbon", "memory"))
    assert found == (Cause.INTENDED, "the wish for `machine` changed since it was applied")


def test_a_part_has_a_wish_of_its_own() -> None:
    assert wished(stack="2").of(change("stack.a.b"))[0] is Cause.CORRECTIVE
    assert wished(stack__a__b="2").of(change("stack.a.b"))[0] is Cause.INTENDED


def test_what_was_never_applied_is_intended() -> None:
    found = wished(stack__new__c="1").of(change("stack.new.c"))
    assert found == (Cause.INTENDED, "`stack.new.c` was not applied yet")


def test_what_is_wished_no_more_is_intended() -> None:
    fewer = replace(SAME, parts={key: value for key, value in PARTS.items() if key != "stack.a.b"})
    assert fewer.of(change("stack.a.b")) == (Cause.INTENDED, "`stack.a.b` is wished no more")


def test_another_lock_is_intended_where_it_changes_a_wish() -> None:
    assert replace(SAME, lock="f" * 64).of(change("machine.carbon")) == (Cause.CORRECTIVE, "")
    cause, shown = replace(wished(homebrew__formula__podman="2"), lock="f" * 64).of(change("homebrew.formula.podman"))
    assert cause is Cause.INTENDED
    assert shown.endswith("changed since it was applied, as did the lab's lock file, which pins")


def test_a_receipt_explains_its_formula() -> None:
    found = moved(homebrew__formula__podman=POURED).of(change("homebrew.formula.podman", "version"))
    was = VERSIONS["homebrew.formula.podman"]
    assert found == (Cause.ENVIRONMENT, f"homebrew.formula.podman: {was} → {POURED}")


def test_the_same_version_poured_again_explains_it_too() -> None:
    again = VERSIONS["homebrew.formula.podman"].replace("11-01", "11-20")
    assert (
        moved(homebrew__formula__podman=again).of(change("homebrew.formula.podman", "linked"))[0] is Cause.ENVIRONMENT
    )


def test_another_formulas_receipt_explains_nothing() -> None:
    krunkit = {"homebrew.formula.libkrun/krun/krunkit": POURED}
    found = replace(SAME, versions=VERSIONS | krunkit).of(change("homebrew.formula.podman", "version"))
    assert found[0] is Cause.CORRECTIVE


def test_what_no_receipt_sets_is_a_persons() -> None:
    found = moved(homebrew__formula__podman=POURED).of(change("homebrew.formula.podman", "version", "pin"))
    assert found[0] is Cause.CORRECTIVE


def test_an_uninstalled_formula_is_corrective() -> None:
    fewer = {key: value for key, value in VERSIONS.items() if key != "homebrew.formula.podman"}
    assert replace(SAME, versions=fewer).of(change("homebrew.formula.podman", "version"))[0] is Cause.CORRECTIVE


@pytest.mark.parametrize(
    ("address", "attribute", "key", "cause"),
    [
        ("machine.carbon", "state", "macos", Cause.ENVIRONMENT),
        ("machine.carbon", "network", "homebrew.formula.podman", Cause.ENVIRONMENT),
        ("machine.carbon", "memory", "macos", Cause.CORRECTIVE),
        ("machine.carbon", "state", "guest.os", Cause.CORRECTIVE),
        ("machine.connection.carbon", "uri", "homebrew.formula.podman", Cause.ENVIRONMENT),
        ("power.ac", "sleep", "macos", Cause.ENVIRONMENT),
        ("homebrew.trust.libkrun/krun", "trusted", "homebrew", Cause.ENVIRONMENT),
        ("homebrew.tap.libkrun/krun", "tapped", "homebrew", Cause.CORRECTIVE),
        ("stack.a.b", "health", "guest.os", Cause.ENVIRONMENT),
        ("stack.a.b", "content", "guest.os", Cause.CORRECTIVE),
        ("guest.unit.x.service", "active", "guest.os", Cause.ENVIRONMENT),
        ("provider.drop-in", "content", "macos", Cause.CORRECTIVE),
    ],
)
def test_an_update_explains_only_what_it_can_have_done(address: str, attribute: str, key: str, cause: Cause) -> None:
    parts = PARTS | {"guest": "1", "provider": "1"}
    last = replace(LAST, parts=parts)
    now = Causes(last, "", None, parts, VERSIONS | {key: "newer"})
    found, shown = now.of(change(address, attribute))
    assert found is cause
    assert (f"{key}: {VERSIONS[key]} → newer" == shown) == (cause is Cause.ENVIRONMENT)


def test_an_attribute_nothing_explains_makes_the_change_corrective() -> None:
    assert moved(macos="26.2 (25C1)").of(change("machine.carbon", "state", "cpus"))[0] is Cause.CORRECTIVE


def test_the_wish_comes_first() -> None:
    both = replace(wished(homebrew__formula__podman="2"), versions=VERSIONS | {"homebrew.formula.podman": POURED})
    assert both.of(change("homebrew.formula.podman", "version"))[0] is Cause.INTENDED


def test_another_carbon_fleet_may_make_something_else_of_the_same_wish() -> None:
    cause, shown = replace(SAME, applied=replace(LAST, version="0.0.0")).of(change("power.ac"))
    assert cause is Cause.UNKNOWN
    assert "0.0.0" in shown


def test_versions_of_homebrew_are_told_in_words() -> None:
    formulae = {
        "podman": FormulaSeen({"6.0.1": Receipt("homebrew/core", True, (), 1763608320, "6.0.2")}, "6.0.1"),
        "krunkit": FormulaSeen({"1.3.2": Receipt("libkrun/krun", True)}, "1.3.2"),
        "cut-off": FormulaSeen({"1": None}),
        "odd": FormulaSeen({"1": Receipt(None, None, (), 10**30, "")}),
    }
    assert versions(HomebrewSeen(version="6.0.2", formulae=formulae)) == {
        "homebrew": "6.0.2",
        "homebrew.formula.podman": "6.0.1, poured 2025-11-20 03:12 UTC by Homebrew 6.0.2",
        "homebrew.formula.libkrun/krun/krunkit": "1.3.2",
        "homebrew.formula.odd": "1",
    }
