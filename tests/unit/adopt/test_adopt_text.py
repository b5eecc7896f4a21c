"""The lab file of a Mac that was looked at: valid whatever was seen, and nothing of it left unsaid."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from carbon_fleet.adopt.look import AdoptSeen
from carbon_fleet.adopt.text import text
from carbon_fleet.adopt.wish import describe
from carbon_fleet.plan import Action, Attribute, Change, Refusal
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec.load import lab_from_text
from operations.homebrew import FormulaSeen, HomebrewSeen, Receipt
from operations.machine import MachineSeen
from operations.machine.seen import Config
from operations.provider import MARK, ProviderSeen
from tests.unit.operations.machine_world import ABSENT, CONFIG, RUNNING

THEIRS = ProviderSeen(FileSeen("/d.conf"), {})
KEG = FormulaSeen({"1.0": Receipt("homebrew/core")}, "1.0", "1.0")
NOTHING = AdoptSeen()
BREW = HomebrewSeen(formulae={"podman": KEG})


def wish(
    machine: MachineSeen = RUNNING, brew: HomebrewSeen = BREW, adopt: AdoptSeen = NOTHING, **more: Any
) -> dict[str, Any]:
    return describe(adopt, brew, more.get("provider", THEIRS), machine).wish


def machine(**more: Any) -> MachineSeen:
    config: Config = replace(CONFIG, **more)
    return replace(RUNNING, config=config)


def test_a_machine_is_said_in_the_lab_files_own_words() -> None:
    found = describe(AdoptSeen(), BREW, THEIRS, machine(memory_mib=6000, swap_mib=2048, rootful=False))
    assert found.unsaid == ()
    assert found.wish["machine"] == {
        "name": "carbon",
        "cpus": 4,
        "memory": "6000MiB",
        "disk": "100GiB",
        "rootful": False,
        "volumes": ["/Users:/Users", "/private:/private", "/var/folders:/var/folders"],
        "swap": "2GiB",
    }
    written = text("lab", "mac-01", {"host": "h", "user": "u", **found.wish}, (), (), ())
    assert lab_from_text(written, lab_sections()).mac("mac-01").host == "h"


@pytest.mark.parametrize(
    ("key", "seen"),
    [
        ("memory", machine(memory_mib=65536)),
        ("disk", machine(disk_gib=5)),
        ("name", replace(RUNNING, name="My_Machine")),
        ("volumes", machine(mounts=("/a:/etc",))),
    ],
)
def test_what_cannot_be_wished_is_named_with_why_and_left_out(key: str, seen: MachineSeen) -> None:
    found = describe(AdoptSeen(), BREW, THEIRS, seen)
    assert key not in found.wish["machine"]
    (said,) = found.unsaid
    assert said.startswith(f"`machine.{key}` is ")
    assert "{" not in said
    lab_from_text(text("lab", "mac-01", {"host": "h", "user": "u", **found.wish}, found.unsaid, (), ()), lab_sections())


def test_an_applehv_machine_has_no_gpu_and_the_file_says_so() -> None:
    (said,) = describe(AdoptSeen(), BREW, THEIRS, machine(provider="applehv")).unsaid
    assert "applehv, and no GPU. `runtime: podman-libkrun` makes it anew" in said
    assert wish(machine(provider="applehv"))["runtime"] == "podman-applehv"
    assert "runtime" not in wish(machine())


def test_podmans_own_installation_is_wished_only_where_homebrew_has_none() -> None:
    pkg = AdoptSeen(pkg="6.1.1", krunkit_in_pkg=True)
    assert wish(brew=HomebrewSeen(), adopt=pkg)["homebrew"] == {
        "taps": [],
        "formulae": {"podman": None, "libkrun/krun/krunkit": None},
    }
    assert "homebrew" not in wish(adopt=pkg)
    assert "homebrew" not in wish(brew=HomebrewSeen(), adopt=replace(pkg, krunkit_in_pkg=False))


def test_a_pin_and_our_own_drop_in_are_wished_where_they_are() -> None:
    pinned = HomebrewSeen(formulae={"podman": replace(KEG, pinned=True)})
    assert wish(brew=pinned)["homebrew"] == {"formulae": {"podman": {"pin": True}}}
    ours = ProviderSeen(FileSeen("/d.conf", "regular", content=MARK.encode() + b"; of some version\n"), {})
    assert "provider" not in wish(provider=ours)
    assert wish()["provider"] == {"drop_in": None}
    assert "machine" not in wish(ABSENT)


def test_what_is_seen_cannot_break_out_of_its_comment() -> None:
    change = Change("a.b", Action.REPLACE, (Attribute("x", "1\nmacs: {}", None),), "why\nmacs: {}", (), ("c\nlab: x",))
    refusal = Refusal("a", "CODE", "what\n- x", "", "do")
    written = text("lab", "mac-01", {"host": "local"}, ("u\nv: 1",), ("l\x1b[31m\nw: 2",), (change, refusal))
    assert yaml.safe_load(written) == {"lab": "lab", "macs": {"mac-01": {"host": "local"}}}
    assert "\x1b" not in written
    assert "CODE: what" in written
    assert "needs --allow-replace" in written
