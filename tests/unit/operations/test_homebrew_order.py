"""What has to come before what: brew refuses the second of two commands in the wrong order."""

from dataclasses import replace

from carbon_fleet.plan import Change, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac
from operations.homebrew import FormulaSeen, Homebrew, HomebrewSeen, Receipt, TapSeen, asks, differences

KRUN, OLD, MAC = "libkrun/krun", "slp/krun", Mac("mac-01")
TRUSTED = HomebrewSeen(taps={KRUN: TapSeen()}, trusted=frozenset({KRUN}))
UNINSTALL = "uninstall --formula --force --ignore-dependencies"


def wish(*names: str, without: str = "podman", pin: str = "", version: str = "*") -> Homebrew:
    formulae = {name: {"pin": name == pin, "version": version} for name in names}
    return Homebrew.model_validate({"formulae": {without: None, **formulae}})


def found(tap: str | None, linked: str | None = "1.0", **more: bool) -> FormulaSeen:
    return FormulaSeen({"1.0": Receipt(tap)}, linked, linked, **more)


def there(*taps: str, **formulae: FormulaSeen) -> HomebrewSeen:
    named = {name.replace("_", "-"): formula for name, formula in formulae.items()}
    return HomebrewSeen(taps=dict.fromkeys((KRUN, *taps), TapSeen()), trusted=TRUSTED.trusted, formulae=named)


def plan(wanted: Homebrew, seen: HomebrewSeen) -> list[tuple[str, list[str]]]:
    changes = differences(wanted, seen, World(MAC, Snapshot("mac-01")))
    return [
        (change.address.removeprefix("homebrew."), [" ".join(command.argv[1:]) for command in change.commands])
        for change in changes
        if isinstance(change, Change)
    ]


def test_a_wished_part_is_linked_before_krunkit_is_installed() -> None:
    assert plan(wish(f"{KRUN}/libkrun"), there(libkrun=found(KRUN, None))) == [
        (f"formula.{KRUN}/libkrun", ["link libkrun"]),
        (f"formula.{KRUN}/krunkit", [f"install --formula {KRUN}/krunkit"]),
    ]


def test_what_is_linked_is_then_marked_as_asked_for() -> None:
    receipts = {"1.0": Receipt("homebrew/core", True), "2.0": Receipt("homebrew/core", False)}
    seen = there(krunkit=found(KRUN), jq=FormulaSeen(receipts, "1.0", "1.0"))
    mark = "tab --formula --installed-on-request jq"
    assert plan(wish(f"{KRUN}/krunkit", "jq"), seen) == []
    wanted = Homebrew.model_validate({"formulae": {"podman": None, f"{KRUN}/krunkit": None, "jq": {"version": ">=2"}}})
    assert plan(wanted, seen) == [("formula.jq", ["unlink jq", "link jq", mark])]


def test_an_unwished_pin_goes_before_krunkit_is_installed() -> None:
    assert plan(wish(f"{KRUN}/libkrun"), there(libkrun=found(KRUN, pinned=True))) == [
        (f"formula.{KRUN}/libkrun", ["unpin libkrun"]),
        (f"formula.{KRUN}/krunkit", [f"install --formula {KRUN}/krunkit"]),
    ]


def test_what_is_linked_first_is_upgraded_after_the_install() -> None:
    wanted = wish(f"{KRUN}/libkrun", "jq", pin="jq", version=">=2")
    seen = there(libkrun=found(KRUN, None), jq=found("homebrew/core", pinned=True))
    assert plan(wanted, seen) == [
        (f"formula.{KRUN}/libkrun", ["link libkrun"]),
        ("formula.jq", ["unpin jq"]),
        (
            f"formula.{KRUN}/krunkit",
            [
                f"install --formula {KRUN}/krunkit",
                "update --quiet",
                f"upgrade --formula {KRUN}/libkrun",
                "upgrade --formula jq",
                "pin jq",
            ],
        ),
    ]


def test_a_keg_of_the_old_tap_is_removed_whatever_lies_beside_it() -> None:
    made_by_hand = FormulaSeen({"1.0": Receipt(None), "5.6": Receipt(OLD)}, "1.0", "1.0")
    krunkit = found(KRUN)
    assert plan(wish(f"{KRUN}/krunkit"), there(OLD, krunkit=krunkit, libkrunfw=made_by_hand)) == [
        (f"formula.{KRUN}/libkrunfw", [f"{UNINSTALL} libkrunfw", f"install --formula {KRUN}/libkrunfw"]),
        (f"tap.{OLD}", ["untap slp/krun"]),
    ]


def test_a_tap_is_left_once_its_last_keg_is_removed() -> None:
    seen = there(
        OLD, krunkit=found(KRUN), krunvm=FormulaSeen({"0.8": Receipt(OLD), "0.9": Receipt(KRUN)}, "0.9", "0.9")
    )
    assert plan(wish(f"{KRUN}/krunkit", f"{KRUN}/krunvm"), seen) == [
        (f"formula.{KRUN}/krunvm", [f"{UNINSTALL} krunvm", f"install --formula {KRUN}/krunvm"]),
        (f"tap.{OLD}", ["untap slp/krun"]),
    ]
    assert plan(wish(f"{KRUN}/krunkit"), seen) == []


def test_cores_virglrenderer_gives_way_to_ours_without_krunkit() -> None:
    wanted = wish(f"{KRUN}/virglrenderer-krun", "podman", without=f"{KRUN}/krunkit")
    seen = there(podman=found("homebrew/core"), virglrenderer=found("homebrew/core"))
    assert plan(wanted, seen) == [
        ("formula.virglrenderer", ["unlink virglrenderer"]),
        (f"formula.{KRUN}/virglrenderer-krun", [f"install --formula {KRUN}/virglrenderer-krun"]),
    ]
    assert asks(wanted, MAC)["CF_HOMEBREW_NAMES"] == "podman virglrenderer-krun virglrenderer"
    ours = there(podman=found("homebrew/core"), virglrenderer=found("homebrew/core"), virglrenderer_krun=found(KRUN))
    assert plan(wanted, ours) == [("formula.virglrenderer", ["unlink virglrenderer"])]


def test_a_clone_that_was_cut_off_is_removed_before_it_is_made_anew() -> None:
    """`brew tap` of one that is there in part says that it is tapped, and does nothing."""
    cut_off = replace(TRUSTED, taps={KRUN: TapSeen(complete=False)})
    changes = differences(wish(), cut_off, World(MAC, Snapshot("mac-01")))
    (tap,) = [one for one in changes if isinstance(one, Change) and one.address == f"homebrew.tap.{KRUN}"]
    assert [(one.name, one.before, one.after) for one in tap.attributes] == [("cloned", "in part", "whole")]
    assert [" ".join(command.argv) for command in tap.commands] == [
        f"rm -rf {cut_off.repository}/Library/Taps/libkrun/homebrew-krun",
        f"/opt/homebrew/bin/brew tap {KRUN}",
    ]
