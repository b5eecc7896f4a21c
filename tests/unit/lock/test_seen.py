"""What a look tells of a Mac's things, from a probe's own answer."""

from dataclasses import replace

import pytest

from carbon_fleet.lock.seen import Seen, seen_on
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import lab_from_text
from tests.unit.lock.lab import BOTTLE, lab, snapshot

MAC = lab().mac("mac-01")
TAP = "libkrun/krun@3b0f6ea520083da26984a52d62be41381605b2f4"


def test_a_converged_mac_tells_all() -> None:
    seen = seen_on(MAC, snapshot())
    expected = {
        "chip": "Apple M4",
        "macos": "26.1 (25B78)",
        "homebrew": "6.0.18",
        "podman": "6.1.1",
        "krunkit": "1.3.2",
        "tap": "libkrun/krun",
        "trust": "yes",
        "virglrenderer": "none",
        "provider": "libkrun",
        "machine-os": "fedora 44.20261101.3.0",
        "kernel": "7.0.1-200.fc44.aarch64",
        "machine-podman": "6.1.1",
        "mesa": "26.0.8",
        "mesa-rounding": "yes",
    }
    assert {name: seen.things[name] for name in expected} == expected
    assert len(seen.things["image.venus"]) == 64
    assert seen.taps["krunkit"] == TAP
    assert seen.bottles["krunkit"] == BOTTLE
    assert seen.bottles["podman"] == "not told", "nothing says which it was, and that is said"


def test_it_comes_back_from_a_report_as_it_went_in() -> None:
    seen = seen_on(MAC, snapshot())
    assert Seen.of_plain(seen.plain) == seen


@pytest.mark.parametrize("said", [None, [], "x", {}, {"things": {}}, {"things": 1, "taps": {}, "bottles": {}}])
def test_what_a_report_has_not_is_nothing(said: object) -> None:
    assert Seen.of_plain(said) is None


@pytest.mark.parametrize("guest", [Guest.STOPPED, Guest.UNREADABLE, Guest.ABSENT])
def test_a_machine_that_was_not_entered_tells_nothing(guest: Guest) -> None:
    things = seen_on(MAC, replace(snapshot(), guest=guest)).things
    assert things["krunkit"] == "1.3.2"
    assert not {"kernel", "machine-os", "machine-podman", "mesa", "image.venus"} & things.keys()


def test_a_bare_mac_has_none_of_it() -> None:
    things = seen_on(MAC, snapshot("bare")).things
    assert {things[name] for name in ("podman", "krunkit", "provider", "tap", "libkrun")} == {"none"}
    assert "trust" not in things


def test_what_cannot_be_read_is_left_out() -> None:
    assert seen_on(MAC, Snapshot("mac-01")) == Seen()


def test_an_untrusted_tap_and_a_pulled_image() -> None:
    seen = snapshot()
    brew = seen.sections["homebrew"]
    files = replace(brew.blocks["files"], out=tuple(line for line in brew.blocks["files"].out if "trusted" not in line))
    untrusted = replace(brew, blocks={**brew.blocks, "files": files})
    things = seen_on(MAC, replace(seen, sections={**seen.sections, "homebrew": untrusted})).things
    assert things["trust"] == "no"
    pull = f"registry.lan/carbon/venus@sha256:{'a' * 64}"
    other = lab(f", images: {{venus: {{pull: '{pull}'}}}}").mac("mac-01")
    assert seen_on(other, snapshot()).things["image.venus"] == "none", "it is not the one that is wished"


def test_other_formulae_and_images_that_the_lab_file_wishes() -> None:
    stack = "{name: web, containers: {web: {image: 'docker.io/library/nginx:1'}}}"
    text = f"lab: b\nmacs: {{m: {{host: h, user: u, homebrew: {{formulae: {{jq: {{}}}}}}, stacks: [{stack}]}}}}\n"
    things = seen_on(lab_from_text(text, lab_sections()).mac("m"), snapshot()).things
    assert (things["formula.jq"], things["image.docker.io/library/nginx:1"]) == ("none", "none")
