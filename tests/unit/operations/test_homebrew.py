from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.plan import Action, Change, Finding, Notice, World
from carbon_fleet.snapshot import Snapshot, read_snapshot
from carbon_fleet.spec import Mac
from operations.homebrew import RESOURCE, FormulaSeen, Homebrew, HomebrewSeen, Receipt, TapSeen, differences, read

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "homebrew"
ENV = "HOMEBREW_NO_AUTO_UPDATE=1 HOMEBREW_NO_INSTALL_UPGRADE=1 NONINTERACTIVE=1 /opt/homebrew/bin/brew"
KRUNKIT, VENUS = "libkrun/krun/krunkit", "libkrun/krun/virglrenderer-krun"
MAC = Mac("mac-01", sections={"homebrew": Homebrew()})


def seen(name: str) -> HomebrewSeen:
    lines = (TRANSCRIPTS / f"{name}.txt").read_text().splitlines()
    return read(read_snapshot("mac-01", lines).section("homebrew"))


def wish(text: str) -> Homebrew:
    return Homebrew.model_validate_json(text)


def findings(what: HomebrewSeen, wanted: Homebrew | None = None) -> list[Finding]:
    return list(differences(wanted or Homebrew(), what, World(MAC, Snapshot("mac-01"))))


def changes(what: HomebrewSeen, wanted: Homebrew | None = None) -> list[Change]:
    found = findings(what, wanted)
    assert all(isinstance(finding, Change) for finding in found), found
    return [finding for finding in found if isinstance(finding, Change)]


def plan(what: HomebrewSeen, wanted: Homebrew | None = None) -> dict[str, list[str]]:
    return {
        change.address: [str(command).removeprefix(f"{ENV} ") for command in change.commands]
        for change in changes(what, wanted)
    }


def with_formula(name: str, found: FormulaSeen) -> HomebrewSeen:
    good = seen("converged")
    return replace(good, formulae={**good.formulae, name: found})


def test_a_converged_mac_has_nothing_to_change() -> None:
    assert findings(seen("converged")) == []
    text = (TRANSCRIPTS / "converged.txt").read_text().splitlines()
    assert RESOURCE.findings(World(MAC, read_snapshot("mac-01", text))) == ()


def test_a_bare_homebrew_gets_all_in_one_install() -> None:
    assert plan(seen("bare")) == {
        "homebrew.tap.libkrun/krun": ["tap libkrun/krun"],
        "homebrew.trust.libkrun/krun": ["trust libkrun/krun"],
        "homebrew.formula.podman": [],
        f"homebrew.formula.{KRUNKIT}": [f"install --formula podman {KRUNKIT}"],
    }
    last = changes(seen("bare"))[-1]
    assert last.action is Action.CREATE
    assert str(last.commands[0]) == f"{ENV} install --formula podman {KRUNKIT}"
    assert last.commands[0].deadline == 1800
    assert last.commands[0].says == f"brew install podman {KRUNKIT}"


@pytest.mark.parametrize(
    ("left", "commands"),
    [
        ("homebrew.formula.podman", {"homebrew.formula.podman": ["install --formula podman"],
                                     f"homebrew.formula.{KRUNKIT}": [f"install --formula {KRUNKIT}"]}),
        ("homebrew.formula.other", {"homebrew.formula.podman": [],
                                    f"homebrew.formula.{KRUNKIT}": [f"install --formula podman {KRUNKIT}"]}),
    ],
)  # fmt: skip
def test_what_a_run_leaves_is_in_no_others_command(left: str, commands: dict[str, list[str]]) -> None:
    world = World(MAC, Snapshot("mac-01"), leaves=lambda address: address == left)
    made = {
        change.address: [str(command).removeprefix(f"{ENV} ") for command in change.commands]
        for change in differences(Homebrew(), seen("bare"), world)
        if isinstance(change, Change) and "formula" in change.address
    }
    assert made == commands


def test_a_cask_a_run_leaves_is_in_no_others_command() -> None:
    world = World(MAC, Snapshot("mac-01"), leaves=lambda address: address.endswith("utm"))
    found = differences(wish('{"casks": ["rectangle", "utm"]}'), seen("converged"), world)
    assert [
        str(command).split()[-1] for change in found if isinstance(change, Change) for command in change.commands
    ] == [
        "rectangle",
        "utm",
    ]


def test_a_tap_is_trusted_for_the_login_user() -> None:
    (change,) = changes(seen("untrusted"))
    assert [str(command) for command in change.commands] == [f"{ENV} trust libkrun/krun"]
    assert change.address == "homebrew.trust.libkrun/krun"


def test_an_older_brew_has_no_trust_to_give() -> None:
    assert findings(seen("brew-5")) == []


def test_the_old_tap_is_left_behind() -> None:
    uninstall = "uninstall --formula --force --ignore-dependencies"
    assert plan(seen("old-tap")) == {
        "homebrew.tap.libkrun/krun": ["tap libkrun/krun"],
        "homebrew.trust.libkrun/krun": ["trust libkrun/krun"],
        "homebrew.formula.libkrun-efi": [f"{uninstall} libkrun-efi"],
        "homebrew.formula.virglrenderer": [f"{uninstall} virglrenderer"],
        "homebrew.formula.libkrun/krun/gvproxy": [f"{uninstall} gvproxy"],
        f"homebrew.formula.{KRUNKIT}": [f"{uninstall} krunkit", f"install --formula {KRUNKIT}"],
        "homebrew.formula.podman": ["update --quiet", "upgrade --formula podman"],
        "homebrew.tap.slp/krunkit": ["untap slp/krunkit"],
    }
    krunkit = next(change for change in changes(seen("old-tap")) if change.address.endswith("/krunkit"))
    assert [(each.name, each.before, each.after) for each in krunkit.attributes] == [
        ("tap", "slp/krunkit", "libkrun/krun")
    ]
    assert krunkit.at_stake


@pytest.mark.parametrize("tapped", [True, False])
def test_trust_in_an_old_tap_goes_with_it_also_when_a_run_was_cut_off_between(tapped: bool) -> None:
    old = replace(
        seen("converged"),
        taps={**seen("converged").taps, **({"slp/krun": TapSeen()} if tapped else {})},
        trusted=frozenset({"libkrun/krun", "slp/krun"}),
        trusted_alone=frozenset({"slp/krun/krunkit", "slp/krunkit/krunkit", "slp/krun-too/tool"}),
    )
    untap = {"homebrew.tap.slp/krun": ["untap slp/krun"]} if tapped else {}
    untrust = {f"homebrew.trust.{tap}": [f"untrust {tap}"] for tap in ("slp/krunkit", "slp/krun")}
    assert plan(old) == {**untap, **untrust}
    assert plan(replace(old, trusts=False)) == untap, "older brews have no such command"


def test_an_old_tap_stays_trusted_as_long_as_something_came_from_it() -> None:
    found = seen("converged")
    tool = FormulaSeen({"1.0": Receipt("slp/krun")}, "1.0", "1.0")
    used = replace(found, formulae={**found.formulae, "tool": tool}, trusted=found.trusted | {"slp/krun"})
    assert plan(used) == {}


def test_a_tap_that_still_serves_is_named_not_removed() -> None:
    good = seen("converged")
    krunvm = FormulaSeen({"0.2.4": Receipt("slp/krun", True)}, "0.2.4", "0.2.4")
    there = replace(good, taps={**good.taps, "slp/krun": TapSeen()}, formulae={**good.formulae, "krunvm": krunvm})
    (notice,) = findings(there)
    assert isinstance(notice, Notice)
    assert (notice.code, notice.address) == ("OLD_TAP_IN_USE", "homebrew.tap.slp/krun")
    assert "brew uninstall krunvm && brew untap slp/krun" in notice.remedy
    assert findings(there, Homebrew(taps=("libkrun/krun",), formulae={KRUNKIT: None})) == []


def test_cores_virglrenderer_is_unlinked_for_ours() -> None:
    assert plan(seen("core-virglrenderer")) == {
        "homebrew.formula.virglrenderer": ["unlink virglrenderer"],
        f"homebrew.formula.{VENUS}": ["link virglrenderer-krun"],
    }
    absent = replace(seen("core-virglrenderer"))
    absent = replace(absent, formulae={**absent.formulae, "virglrenderer-krun": FormulaSeen()})
    assert plan(absent) == {"homebrew.formula.virglrenderer": ["unlink virglrenderer", f"install --formula {VENUS}"]}
    unlinked = with_formula("virglrenderer", FormulaSeen({"1.3.0": Receipt("homebrew/core")}, None, "1.3.0"))
    assert findings(unlinked) == []


def test_what_was_cut_off_is_done_again() -> None:
    assert plan(seen("cut-off")) == {
        "homebrew.tap.libkrun/krun": [
            "rm -rf /opt/homebrew/Library/Taps/libkrun/homebrew-krun",
            "tap libkrun/krun",
        ],
        "homebrew.formula.podman": [],
        f"homebrew.formula.{KRUNKIT}": [
            "uninstall --formula --force --ignore-dependencies krunkit",
            f"install --formula podman {KRUNKIT}",
        ],
    }


def test_an_upgrade_goes_around_the_pin() -> None:
    pinned = wish('{"formulae": {"podman": {"pin": true}}}')
    assert plan(seen("outdated-and-pinned"), pinned) == {
        "homebrew.formula.podman": ["unpin podman", "update --quiet", "upgrade --formula podman", "pin podman"],
    }
    assert plan(seen("outdated-and-pinned")) == {
        "homebrew.formula.podman": ["unpin podman", "update --quiet", "upgrade --formula podman"],
    }


def test_brew_is_updated_once_for_all_upgrades() -> None:
    newer = wish(f'{{"formulae": {{"podman": {{"version": ">=99"}}, "{KRUNKIT}": {{"version": ">=99"}}}}}}')
    assert plan(seen("converged"), newer) == {
        "homebrew.formula.podman": ["update --quiet", "upgrade --formula podman"],
        f"homebrew.formula.{KRUNKIT}": [f"upgrade --formula {KRUNKIT}"],
    }


def podman(**more: Any) -> HomebrewSeen:
    return with_formula("podman", replace(seen("converged").formula("podman"), **more))


DRIFT: list[tuple[HomebrewSeen, Homebrew, str, str, list[str]]] = [
    (podman(linked=None), Homebrew(), "homebrew.formula.podman", "linked", ["link podman"]),
    (podman(opt=None), Homebrew(), "homebrew.formula.podman", "linked", ["unlink podman", "link podman"]),
    (podman(pinned=True), Homebrew(), "homebrew.formula.podman", "pin", ["unpin podman"]),
    (podman(), wish('{"formulae": {"podman": {"pin": true}}}'), "homebrew.formula.podman", "pin", ["pin podman"]),
    (podman(kegs={}), Homebrew(), "homebrew.formula.podman", "version", ["install --formula podman"]),
    (
        podman(kegs={"6.1.1": Receipt("homebrew/core", False)}), Homebrew(), "homebrew.formula.podman", "on_request",
        ["tab --formula --installed-on-request podman"],
    ),
    (
        podman(kegs=dict.fromkeys(("5.4.0", "6.1.1"), Receipt("homebrew/core")), linked="5.4.0", opt="5.4.0"),
        Homebrew(), "homebrew.formula.podman", "version", ["unlink podman", "link podman"],
    ),
    (
        podman(kegs={"6.1.1": Receipt(None)}), Homebrew(), "homebrew.formula.podman", "tap",
        ["uninstall --formula --force --ignore-dependencies podman", "install --formula podman"],
    ),
    (
        podman(kegs={"6.1.1": Receipt("homebrew/core")}, keg_only=True, linked=None, opt=None), Homebrew(),
        "homebrew.formula.podman", "installed",
        ["uninstall --formula --force --ignore-dependencies podman", "install --formula podman"],
    ),
    (
        with_formula("libkrun", FormulaSeen()), Homebrew(), "homebrew.formula.libkrun/krun/libkrun", "version",
        ["install --formula libkrun/krun/libkrun"],
    ),
    (
        with_formula("molten-vk", FormulaSeen({"1.4.2": None})), Homebrew(), "homebrew.formula.molten-vk", "installed",
        ["uninstall --formula --force --ignore-dependencies molten-vk", "install --formula molten-vk"],
    ),
    (
        with_formula("libepoxy", FormulaSeen({"1.5.10": Receipt("homebrew/core")}, None, "1.5.10")), Homebrew(),
        "homebrew.formula.libepoxy", "linked", ["link libepoxy"],
    ),
    (
        with_formula("libkrun", FormulaSeen({"1.9": Receipt("slp/krun")}, "1.9", "1.9")), Homebrew(),
        "homebrew.formula.libkrun/krun/libkrun", "tap",
        ["uninstall --formula --force --ignore-dependencies libkrun", "install --formula libkrun/krun/libkrun"],
    ),
    (
        with_formula("virglrenderer", FormulaSeen({"0.10": Receipt("libkrun/krun")}, None, "0.10")), Homebrew(),
        "homebrew.formula.virglrenderer", "version",
        ["uninstall --formula --force --ignore-dependencies virglrenderer"],
    ),
    (replace(seen("converged"), taps={}), Homebrew(), "homebrew.tap.libkrun/krun", "tapped", ["tap libkrun/krun"]),
    (
        replace(seen("converged"), trusted=frozenset()), Homebrew(), "homebrew.trust.libkrun/krun", "trusted",
        ["trust libkrun/krun"],
    ),
    (
        seen("converged"), Homebrew(casks=("podman-desktop",)), "homebrew.cask.podman-desktop", "installed",
        ["install --cask podman-desktop"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("there", "wanted", "address", "attribute", "commands"), DRIFT)
def test_each_drift_has_its_address_and_commands(
    there: HomebrewSeen, wanted: Homebrew, address: str, attribute: str, commands: list[str]
) -> None:
    (change,) = changes(there, wanted)
    assert (change.address, [each.name for each in change.attributes]) == (address, [attribute])
    assert plan(there, wanted) == {address: commands}
    assert change.reason


def test_a_tap_from_elsewhere_is_trusted_by_its_address() -> None:
    there = replace(seen("converged"), taps={"libkrun/krun": TapSeen(True, "git@git.lab.example:mirror/krun.git")})
    assert list(plan(there)) == ["homebrew.trust.libkrun/krun"]
    assert findings(replace(there, trusted=frozenset({"https://git.lab.example/mirror/krun"}))) == []


def test_casks_are_installed_in_one() -> None:
    wanted = Homebrew(casks=("podman-desktop", "foo/bar/other", "third"))
    there = replace(seen("converged"), casks={"third": ("1.0",)})
    assert plan(there, wanted) == {
        "homebrew.cask.podman-desktop": [],
        "homebrew.cask.foo/bar/other": ["install --cask podman-desktop foo/bar/other"],
    }


def test_a_new_formula_is_pinned_after_the_install() -> None:
    wanted = wish(f'{{"formulae": {{"podman": {{"pin": true}}, "{KRUNKIT}": null}}}}')
    assert plan(replace(seen("converged"), formulae={}), wanted) == {
        "homebrew.formula.podman": ["install --formula podman", "pin podman"]
    }
