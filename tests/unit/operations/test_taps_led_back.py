"""A tap that `mirror` or `tap_urls` led elsewhere goes back to its usual place when neither says so any more."""

import base64
import json
from typing import Any

import pytest

from carbon_fleet.plan import Action, Change, World
from carbon_fleet.plan.applied import Applied, parts, write
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.snapshot import Block, Section, Snapshot
from carbon_fleet.spec import Mac, lab_from_text
from operations import homebrew
from operations.homebrew.seen import HomebrewSeen, TapSeen
from tests.unit.model.homebrew import apply
from tests.unit.operations.test_site_mirror import MIRROR, REMOTE, brewed

TAP = "libkrun/krun"
USUAL = "https://github.com/libkrun/homebrew-krun"
OWN = "https://git.lab.example/kept/krun.git"
RECORD = "/Users/lab/.local/state/carbon-fleet/applied-lab.json"
LEDS: list[tuple[dict[str, Any], str]] = [
    ({"mirror": MIRROR}, REMOTE),
    ({"homebrew": {"tap_urls": {TAP: OWN}}}, OWN),
]


def mac(**defaults: Any) -> Mac:
    document = {"lab": "lab", "defaults": {"user": "lab", **defaults}, "macs": {"mac-01": {"host": "10.0.0.1"}}}
    return lab_from_text(json.dumps(document), lab_sections()).mac("mac-01")


def recorded(before: Mac | None) -> Snapshot:
    """A look at a Mac that notes what was applied when its wish was `before`."""
    if before is None:
        return Snapshot("mac-01", {"record": Section("record", 0, {"file": (f"absent {RECORD}",)})})
    command = write(Applied("run", "then", "me", "0", parts=parts(before)), before)
    name = f"file {RECORD}"
    lines = tuple(base64.encodebytes(base64.b64decode(command.stdin or "")).decode().splitlines())
    facts = {"file": (f"regular 0600 lab staff {RECORD}",)}
    return Snapshot("mac-01", {"record": Section("record", 0, facts, {name: Block(name, 0, lines)})})


def changes(seen: HomebrewSeen, before: Mac | None, **now: Any) -> list[Change]:
    one = mac(**now)
    found = homebrew.differences(homebrew.RESOURCE.wish(one), seen, World(one, recorded(before)))
    return [each for each in found if isinstance(each, Change)]


@pytest.mark.parametrize(("led", "remote"), LEDS, ids=["mirror", "tap_urls"])
def test_it_goes_back_and_is_trusted_by_its_name_again(led: dict[str, Any], remote: str) -> None:
    seen = brewed(remote, remote)
    assert changes(seen, mac(**led), **led) == [], "as long as it is wished nothing differs"
    back, trust = changes(seen, mac(**led))
    assert (back.address, back.action) == (f"homebrew.tap.{TAP}", Action.UPDATE)
    assert [(each.name, each.before, each.after) for each in back.attributes] == [("remote", remote, USUAL)]
    assert trust.address == f"homebrew.trust.{TAP}"
    brew = "/opt/homebrew/bin/brew"
    said = [" ".join(command.argv[4 if command.argv[0] == "/bin/sh" else 0 :]) for command in back.commands]
    folder = "/opt/homebrew/Library/Taps/libkrun/homebrew-krun"
    assert said == [f"{brew} untrust {TAP}", f"rm -rf {folder}", f"{brew} tap {TAP}"]
    healed = apply(apply(seen, back), trust)
    assert (healed.taps[TAP].remote, healed.trusted) == (USUAL, frozenset({TAP}))
    assert changes(healed, mac(**led)) == []


@pytest.mark.parametrize("done", range(4))
@pytest.mark.parametrize(("led", "remote"), LEDS, ids=["mirror", "tap_urls"])
def test_cut_off_after_any_command_the_next_run_ends_the_same(led: dict[str, Any], remote: str, done: int) -> None:
    before, seen = mac(**led), brewed(remote, remote)
    commands = [(change, command) for change in changes(seen, before) for command in change.commands]
    assert len(commands) == 4
    for change, command in commands[:done]:
        seen = apply(seen, Change(change.address, change.action, change.attributes, change.reason, (command,)))
    for change in changes(seen, before):
        seen = apply(seen, change)
    assert (seen.taps[TAP].remote, seen.trusted, changes(seen, before)) == (USUAL, frozenset({TAP}), [])


def test_where_somebody_put_it_it_stays() -> None:
    """What the record does not tell of is not ours: no record, another address than was applied, or the usual one."""
    theirs = brewed("https://git.other.example/krun", "https://git.other.example/krun")
    assert changes(theirs, None) == []
    assert changes(theirs, mac()) == []
    assert changes(theirs, mac(mirror=MIRROR)) == []
    assert changes(brewed(USUAL, TAP), mac(mirror=MIRROR)) == []
    assert changes(brewed(f"{USUAL}.git", TAP), mac(mirror=MIRROR)) == []


def test_trust_in_the_address_that_is_not_there_is_not_taken_away() -> None:
    back, trust = changes(brewed(REMOTE), mac(mirror=MIRROR))
    assert [command.argv[:2] for command in back.commands] == [("rm", "-rf"), ("/opt/homebrew/bin/brew", "tap")]
    assert trust.address == f"homebrew.trust.{TAP}"


def test_another_tap_of_the_lab_stays_where_it_is_led() -> None:
    """Two are led elsewhere, one no longer."""
    one, two = {TAP: OWN}, {TAP: OWN, "lab/kept": "/Users/Shared/kept.git"}
    taps = ["libkrun/krun", "lab/kept"]
    seen = brewed(OWN, OWN, "/users/shared/kept")
    seen = HomebrewSeen(**{**seen.__dict__, "taps": {**seen.taps, "lab/kept": TapSeen(True, "/Users/Shared/kept.git")}})
    before = mac(homebrew={"taps": taps, "tap_urls": two})
    assert changes(seen, before, homebrew={"taps": taps, "tap_urls": two}) == []
    moved = changes(seen, before, homebrew={"taps": taps, "tap_urls": one})
    assert [change.address for change in moved] == ["homebrew.tap.lab/kept", "homebrew.trust.lab/kept"]
