"""The way back, resource by resource: pure, from what was found to the exact commands."""

from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Action, Change, Finding, Refusal, World
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.snapshot import Guest, Section, Snapshot
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import lab_from_text
from operations import guest as guests
from operations import homebrew, machine, power, provider, stack
from operations.guest import GuestSeen, UnitSeen
from operations.homebrew import FormulaSeen, HomebrewSeen, Receipt, TapSeen
from operations.machine.seen import Config, Connection, Disk, MachineSeen, Replaced, State
from operations.power import Idle, PowerSeen
from operations.provider import ProviderSeen
from operations.stack.seen import StackSeen

TEXT = """lab: x
defaults:
  user: lab
  power: {sleep: never}
  homebrew: {casks: [podman-desktop], formulae: {podman: {pin: true}}}
  guest: {files: {/etc/a: {content: a}}, units: {chronyd.service: {}, own.service: {}}}
macs:
  m: {host: h}
"""
MAC = lab_from_text(TEXT, lab_sections()).mac("m")
KRUNKIT, TAP = "libkrun/krun/krunkit", "libkrun/krun"


def world(guest: Guest = Guest.REACHED, *volumes: str, consents: frozenset[str] = frozenset()) -> World:
    section = Section("guest", 0, {"volume": volumes})
    return World(MAC, Snapshot("m", {"guest": section}, guest), consents)


def back(resource: Any, seen: Any, before: dict[str, Any], where: World | None = None) -> list[Finding]:
    return list(resource.RESOURCE.removal(resource.RESOURCE.wish(MAC), seen, before, where or world()))


def told(resource: Any, seen: Any) -> dict[str, Any]:
    return dict(resource.RESOURCE.found(resource.RESOURCE.wish(MAC), seen))


def says(findings: list[Finding]) -> list[str]:
    return [command.says for one in findings if isinstance(one, Change) for command in one.commands]


def test_power_is_set_back_as_far_as_it_is_managed() -> None:
    before = told(power, PowerSeen(Idle("10m"), Idle("5m")))
    assert before == {"power.sleep": "10m"}
    assert says(back(power, PowerSeen(Idle("never"), Idle("1m")), before)) == ["pmset -c sleep 10"]
    assert back(power, PowerSeen(Idle("10m"), Idle("1m")), before) == []
    assert back(power, PowerSeen(Idle("never")), {}) == []


def test_the_drop_in_goes_or_comes_back() -> None:
    path = "/Users/lab/50.conf"
    now = ProviderSeen(FileSeen(path, "regular", "0644", content=b"ours"), {})
    assert says(back(provider, now, told(provider, ProviderSeen(FileSeen(path), {})))) == [f"remove {path}"]
    theirs = ProviderSeen(FileSeen(path, "regular", "0600", content=b"theirs"), {})
    assert says(back(provider, now, told(provider, theirs))) == [f"write {path}"]
    assert back(provider, theirs, told(provider, theirs)) == []


def brewed(*names: str, needs: tuple[str, ...] = (), **more: Any) -> HomebrewSeen:
    kegs = {name: FormulaSeen({"1": Receipt(TAP, True, needs if name == "krunkit" else ())}, "1") for name in names}
    return HomebrewSeen(formulae={**kegs, **{need: FormulaSeen({"1": None}) for need in needs}}, **more)


def test_only_formulae_that_came_with_us_go_and_what_came_along_with_them() -> None:
    before = told(homebrew, brewed("podman", "xz"))
    seen = brewed("podman", "krunkit", "xz", "theirs", needs=("libkrun", "xz"))
    (change,) = back(homebrew, seen, before)
    assert isinstance(change, Change)
    assert (change.address, change.action) == (f"homebrew.formula.{KRUNKIT}", Action.DELETE)
    assert change.commands[0].argv[4:] == ("/opt/homebrew/bin/brew", "krunkit", "--", "libkrun")
    assert back(homebrew, brewed("podman", "xz", "theirs"), before) == []


def test_taps_trust_casks_and_pins_go_back() -> None:
    before = told(homebrew, brewed("podman", "krunkit"))
    seen = brewed("krunkit", taps={TAP: TapSeen()}, trusted=frozenset({TAP}), casks={"podman-desktop": ("1",)})
    pinned = replace(seen, formulae={**seen.formulae, "podman": FormulaSeen({"1": None}, "1", pinned=True)})
    assert says(back(homebrew, pinned, before)) == [
        "brew unpin podman",
        "brew uninstall podman-desktop",
        f"brew untap {TAP}",
        f"brew untrust {KRUNKIT}",
        f"brew untrust {TAP}",
    ]
    assert says(back(homebrew, pinned, told(homebrew, pinned))) == []


def test_trust_in_a_mirror_goes_by_its_address_while_brew_still_knows_the_tap_by_its_name() -> None:
    address = "http://mirror.lan:8480/git/libkrun/homebrew-krun.git"
    before = told(homebrew, brewed())
    seen = brewed(taps={TAP: TapSeen(remote=address)}, trusted=frozenset({address}))
    assert says(back(homebrew, seen, before)) == [f"brew untrust {TAP}", f"brew untap {TAP}"]
    theirs = told(homebrew, brewed(trusted=frozenset({address})))
    assert says(back(homebrew, seen, theirs)) == [f"brew untap {TAP}"], "who trusted it before trusts it still"
    assert says(back(homebrew, replace(seen, trusted=frozenset()), before)) == [f"brew untap {TAP}"]


CONFIG = Config("libkrun", 4, 8192, 100, True)
MADE = MachineSeen("carbon", state=State.RUNNING, config=CONFIG, disks={"libkrun": (Disk.FILLED, "/d")})


def test_a_machine_we_made_goes_but_with_data_only_with_consent() -> None:
    before = told(machine, MachineSeen("carbon"))
    assert says(back(machine, MADE, before)) == ["remove the machine carbon"]
    for where in (world(Guest.REACHED, "data"), world(Guest.STOPPED), world(Guest.UNREADABLE)):
        (refusal,) = back(machine, MADE, before, where)
        assert isinstance(refusal, Refusal)
        assert (refusal.code, "--delete-volumes" in refusal.remedy) == ("CONSENT_MISSING", True)
    may = world(Guest.REACHED, "data", consents=frozenset({"delete-volumes"}))
    (change,) = back(machine, MADE, before, may)
    assert isinstance(change, Change)
    assert change.at_stake == ("volume data",)
    assert back(machine, MachineSeen("carbon"), before) == []


def test_what_a_cut_off_removal_left_is_cleared() -> None:
    left = MachineSeen("carbon", mark="removing", disks={"libkrun": (Disk.FILLED, "/d")})
    before = told(machine, MachineSeen("carbon"))
    assert says(back(machine, left, before, world(Guest.ABSENT))) == ["clear away what is left of the machine carbon"]


def test_machines_that_were_replaced_go_with_consent_and_another_s_never_without() -> None:
    seen = replace(MADE, replaced=(Replaced("20261130T000000Z", 1, 1),))
    (refusal, _) = back(machine, seen, told(machine, MachineSeen("carbon")))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "20261130T000000Z" in refusal.what) == ("CONSENT_MISSING", True)
    may = world(consents=frozenset({"delete-volumes"}))
    gone = "remove the disk of the machine carbon that was replaced"
    assert says(back(machine, seen, told(machine, MachineSeen("carbon")), may))[0] == gone
    assert gone not in says(back(machine, seen, told(machine, MADE)))


def test_a_machine_that_was_there_gets_its_size_and_default_back() -> None:
    connections = {"theirs": Connection("ssh://x"), "carbon-root": Connection("ssh://y")}
    before = told(machine, replace(MADE, config=replace(CONFIG, cpus=2, memory_mib=2048), default="theirs"))
    seen = replace(MADE, connections=connections, default="carbon-root")
    found = back(machine, seen, before)
    assert says(found) == [
        "stop the machine carbon",
        "change the machine carbon",
        "start the machine carbon",
        "make theirs the default connection",
    ]
    assert isinstance(found[0], Change)
    assert found[0].commands[1].argv[3:5] == ("--cpus=2", "--memory=2048")
    assert back(machine, replace(seen, default="theirs", config=replace(CONFIG, cpus=2, memory_mib=2048)), before) == []
    assert back(machine, MADE, {}) == [], "of a machine nobody noted nothing is known"


def test_files_and_units_of_a_guest_that_was_there() -> None:
    before = told(guests, GuestSeen(units={"chronyd.service": UnitSeen("loaded", "inactive", "disabled")}))
    runs = UnitSeen("loaded", "active", "enabled")
    seen = GuestSeen(
        files={"/etc/a": FileSeen("/etc/a", "regular", "0644", content=b"a")},
        units={"chronyd.service": runs, "own.service": runs},
    )
    assert says(back(guests, seen, before)) == [
        "systemctl disable chronyd.service",
        "systemctl stop chronyd.service",
        "systemctl stop own.service",
        "systemctl disable own.service",
        "remove /etc/a",
    ]
    was = GuestSeen(units={"chronyd.service": UnitSeen("loaded", "inactive", "disabled")})
    assert back(guests, was, before) == []


def test_stacks_in_a_guest_that_stays_go_but_their_volumes_only_with_consent() -> None:
    seen = StackSeen(volumes={"data": "shop", "theirs": ""})
    (refusal,) = back(stack, seen, {})
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "data" in refusal.what, "theirs" in refusal.what) == ("CONSENT_MISSING", True, False)
    found = back(stack, seen, {}, world(consents=frozenset({"delete-volumes"})))
    assert [one.address for one in found] == ["stack.volume.data"]


@pytest.mark.parametrize("resource", [provider, homebrew, machine])
def test_what_a_person_vouches_for_is_what_a_bare_mac_would_have_told(resource: Any) -> None:
    path = "/Users/lab/50.conf"
    bare = {
        provider: ProviderSeen(FileSeen(path), {}), homebrew: brewed(), machine: MachineSeen("carbon"),
    }[resource]  # fmt: skip
    vouched, found = dict(resource.RESOURCE.absent(resource.RESOURCE.wish(MAC))), told(resource, bare)
    assert all(vouched[address] == found[address] for address in vouched if address != "provider.drop-in")
    assert found.keys() - vouched.keys() <= {"machine.default"}, "what every Mac has"
    full = {
        provider: ProviderSeen(FileSeen(path, "regular", "0644", content=b"ours"), {}),
        homebrew: brewed("podman", "krunkit", taps={TAP: TapSeen()}, trusted=frozenset({TAP})),
        machine: MADE,
    }[resource]
    assert says(back(resource, full, vouched)) == says(back(resource, full, found))


@pytest.mark.parametrize("resource", [power, provider, homebrew, machine, guests, stack])
def test_every_removal_has_a_found_that_is_plain(resource: Any) -> None:
    import json

    seen = {
        power: PowerSeen(Idle("10m")), provider: ProviderSeen(FileSeen("/a"), {}), homebrew: brewed("podman"),
        machine: MADE, guests: GuestSeen(), stack: StackSeen(),
    }[resource]  # fmt: skip
    assert json.loads(json.dumps(told(resource, seen))) == told(resource, seen)
