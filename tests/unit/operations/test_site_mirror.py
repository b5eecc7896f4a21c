"""What `mirror` in the lab file changes: where brew, git, podman and builds have things from, and nothing else."""

import json
from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Action, Change, Command, World
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.snapshot import Guest as Reach
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import LabError, Mac, lab_from_text
from carbon_fleet.spec import mirror as at
from operations import guest, homebrew, image, machine, model
from operations.guest.registries import DROP_IN, files
from operations.homebrew.seen import FormulaSeen, HomebrewSeen, Receipt, TapSeen
from operations.homebrew.wish import KRUNKIT
from operations.image.build import build
from operations.image.elsewhere import references, registries
from operations.image.recipe import recipes
from operations.image.wish import Images
from operations.machine import commands as podman

MIRROR = "http://mirror.lan:8480"
REMOTE = f"{MIRROR}/git/libkrun/homebrew-krun.git"
SHA256 = "a" * 64
LAB: dict[str, Any] = {
    "lab": "lab",
    "defaults": {
        "user": "lab",
        "registry": {"at": "registry.lan:5000/carbon", "insecure": True},
        "models": {"tiny": {"url": "https://models.example/tiny.gguf", "sha256": SHA256, "size": "3MiB"}},
        "stacks": [
            "vulkan-check",
            {
                "name": "web",
                "containers": {
                    "web": {"image": "quay.io/somebody/web:1", "models": ["tiny"]},
                    "own": {"image": "registry.lan:5000/carbon/own:1"},
                },
            },
        ],
    },
    "macs": {"mac-01": {"host": "10.0.0.1"}},
}


def mac(mirror: str | None = MIRROR, **more: Any) -> Mac:
    document = {**LAB, "defaults": {**LAB["defaults"], **({"mirror": mirror} if mirror else {}), **more}}
    return lab_from_text(json.dumps(document), lab_sections()).mac("mac-01")


def world(one: Mac) -> World:
    return World(one, Snapshot("mac-01", guest=Reach.REACHED))


def keg(version: str, tap: str) -> FormulaSeen:
    return FormulaSeen({version: Receipt(tap, True)}, version, version)


def brewed(remote: str | None, *trusted: str) -> HomebrewSeen:
    good = {"podman": keg("6.1.1", "homebrew/core"), "krunkit": keg("1.3.2", "libkrun/krun")}
    parts = {name: keg("1", "libkrun/krun") for name in ("libkrun", "libkrunfw", "gvproxy", "virglrenderer-krun")}
    core = {name: keg("1", "homebrew/core") for name in ("molten-vk", "libepoxy")}
    taps = {"libkrun/krun": TapSeen(True, remote)} if remote else {}
    return HomebrewSeen(version="6.0.18", taps=taps, trusted=frozenset(trusted), formulae={**good, **parts, **core})


def brew_changes(seen: HomebrewSeen, mirror: str | None = MIRROR) -> list[Change]:
    one = mac(mirror)
    found = list(homebrew.differences(homebrew.RESOURCE.wish(one), seen, world(one)))
    assert all(isinstance(each, Change) for each in found), found
    return [each for each in found if isinstance(each, Change)]


def words(command: Command) -> str:
    return " ".join(command.argv)


def test_brew_asks_the_mirror_for_everything_and_nobody_else() -> None:
    (tap, trust) = brew_changes(brewed(None))
    assert [words(command) for command in tap.commands] == [f"/opt/homebrew/bin/brew tap libkrun/krun {REMOTE}"]
    assert [words(command) for command in trust.commands] == ["/opt/homebrew/bin/brew trust libkrun/krun"]
    assert dict(tap.commands[0].env) == {
        "NONINTERACTIVE": "1",
        "HOMEBREW_NO_AUTO_UPDATE": "1",
        "HOMEBREW_NO_INSTALL_UPGRADE": "1",
        "HOMEBREW_FORCE_API_AUTO_UPDATE": "1",
        "HOMEBREW_NO_ANALYTICS": "1",
        "HOMEBREW_API_DOMAIN": f"{MIRROR}/api",
        "HOMEBREW_ARTIFACT_DOMAIN": MIRROR,
        "HOMEBREW_ARTIFACT_DOMAIN_NO_FALLBACK": "1",
        "HOMEBREW_BREW_GIT_REMOTE": f"{MIRROR}/git/Homebrew/brew.git",
    }


@pytest.mark.parametrize("address", [REMOTE, REMOTE.removesuffix(".git")])
def test_a_tap_of_the_mirrors_that_is_trusted_by_its_address_is_right(address: str) -> None:
    assert brew_changes(brewed(REMOTE, address)) == []


def test_a_tap_from_elsewhere_is_cloned_anew_and_trusted_again() -> None:
    (tap, trust) = brew_changes(brewed("https://github.com/libkrun/homebrew-krun", "libkrun/krun"))
    (attribute,) = tap.attributes
    assert (tap.address, tap.action) == ("homebrew.tap.libkrun/krun", Action.UPDATE)
    assert (attribute.name, attribute.before, attribute.after) == (
        "remote",
        "https://github.com/libkrun/homebrew-krun",
        REMOTE,
    )
    assert [words(command) for command in tap.commands] == [
        "rm -rf /opt/homebrew/Library/Taps/libkrun/homebrew-krun",
        f"/opt/homebrew/bin/brew tap libkrun/krun {REMOTE}",
    ]
    assert trust.address == "homebrew.trust.libkrun/krun"


def test_a_mirrors_tap_trusted_by_the_usual_name_alone_is_not_trusted() -> None:
    assert [change.address for change in brew_changes(brewed(REMOTE, "libkrun/krun"))] == [
        "homebrew.trust.libkrun/krun"
    ]


def test_without_a_mirror_a_tap_may_come_from_anywhere() -> None:
    assert brew_changes(brewed("https://github.com/libkrun/homebrew-krun", "libkrun/krun"), None) == []
    assert brew_changes(brewed(REMOTE, REMOTE), None) == []


OWN = "git@git.lab.example:kept/krun.git"


def own_tap_changes(seen: HomebrewSeen, mirror: str | None = None) -> list[Change]:
    one = mac(mirror, homebrew={"tap_urls": {"libkrun/krun": OWN}})
    return [each for each in homebrew.differences(homebrew.RESOURCE.wish(one), seen, world(one)) if each.address]  # type: ignore[misc]


def test_a_tap_comes_from_where_the_lab_file_says_but_for_a_mirrors() -> None:
    (tap, trust) = own_tap_changes(brewed("https://github.com/libkrun/homebrew-krun", "libkrun/krun"))
    assert "homebrew.tap_urls" in tap.reason
    assert [words(command) for command in tap.commands] == [
        "rm -rf /opt/homebrew/Library/Taps/libkrun/homebrew-krun",
        f"/opt/homebrew/bin/brew tap libkrun/krun {OWN}",
    ]
    assert trust.address == "homebrew.trust.libkrun/krun"
    assert own_tap_changes(brewed(OWN, "https://git.lab.example/kept/krun")) == []
    (moved, _) = own_tap_changes(brewed(OWN, OWN), MIRROR)
    assert moved.attributes[0].after == REMOTE
    one = mac(None, homebrew={"tap_urls": {"libkrun/krun": OWN}})
    assert homebrew.RESOURCE.intents(one)["homebrew.tap.libkrun/krun"] == OWN


def test_an_upgrade_updates_from_the_mirror() -> None:
    old = brewed(REMOTE, REMOTE)
    seen = replace(old, formulae={**old.formulae, "krunkit": keg("1.0.0", "libkrun/krun")})
    (change,) = brew_changes(seen)
    assert change.address == f"homebrew.formula.{KRUNKIT}"
    assert [command.argv[1] for command in change.commands] == ["update", "upgrade"]
    assert all(command.env["HOMEBREW_BREW_GIT_REMOTE"].startswith(MIRROR) for command in change.commands)


@pytest.mark.parametrize(
    ("image_wish", "asked"),
    [
        (None, f"{MIRROR}/machine-os/default/{at.DISK}"),
        ("quay.io/podman/machine-os:5.6", f"{MIRROR}/machine-os/quay.io/podman/machine-os/5.6/{at.DISK}"),
        ("docker://quay.io/podman/machine-os:5.6", f"{MIRROR}/machine-os/quay.io/podman/machine-os/5.6/{at.DISK}"),
        ("https://x.example/a/disk.raw.zst", f"{MIRROR}/files/x.example/a/disk.raw.zst"),
        ("/Users/lab/disk.raw.zst", "/Users/lab/disk.raw.zst"),
    ],
)
def test_a_machine_is_made_of_the_mirrors_disk_and_its_note_says_the_image(image_wish: str | None, asked: str) -> None:
    wanted = machine.Machine.model_validate_json(json.dumps({"image": image_wish} if image_wish else {}))
    argv = podman.create(wanted, MIRROR).argv
    assert argv[argv.index("--image") + 1] == asked
    assert argv[4:7] == ("carbon", "libkrun", image_wish or "")
    plain = podman.create(wanted).argv
    assert ("--image" in plain) == (image_wish is not None)


def test_a_model_comes_from_the_mirror_by_its_content() -> None:
    one = mac()
    (change,) = model.differences(model.RESOURCE.wish(one), model.ModelsSeen(), world(one))
    assert change.deliveries[0].source == f"{MIRROR}/models/{SHA256}"
    local = mac(models={"tiny": {"url": "~/tiny.gguf", "sha256": SHA256, "size": "3MiB"}})
    (change,) = model.differences(model.RESOURCE.wish(local), model.ModelsSeen(), world(local))
    assert change.deliveries[0].source == "~/tiny.gguf"


def test_a_build_fetches_its_files_there_and_is_the_same_image() -> None:
    with_it, without = (recipes(mac(one)) for one in (MIRROR, None))
    assert with_it == without
    venus = next(recipe for recipe in with_it if recipe.name == "venus")
    address = "https://archive.mesa3d.org/mesa-26.0.8.tar.xz"
    command = build(venus, Images().of("venus"), MIRROR)
    assert f"MESA_URL={MIRROR}/files/archive.mesa3d.org/mesa-26.0.8.tar.xz" in command.argv
    assert f"MESA_URL={address}" in build(venus, Images().of("venus")).argv
    assert address not in words(command)
    found = [each for each in image.differences(Images(), (), world(mac())) if isinstance(each, Change)]
    assert any(MIRROR in words(command) for change in found for command in change.commands)


def test_the_registries_of_the_macs_images_are_the_mirrors_in_the_machine() -> None:
    assert [str(found) for found in references(mac())] == [
        "docker.io/library/debian:bookworm",
        "quay.io/somebody/web:1",
    ]
    assert registries(mac()) == ("docker.io", "quay.io")
    one = mac()
    found = [each for each in guest.RESOURCE.findings(world_of_guest(one)) if isinstance(each, Change)]
    (change,) = found
    assert change.address == f"guest.file.{DROP_IN}"
    assert {each.name: each.after for each in change.attributes}["content"] == (
        "# Written by carbon-fleet: images come from the mirror the lab file names.\n"
        '\n[[registry]]\nprefix = "docker.io"\nlocation = "mirror.lan:8480/docker.io"\ninsecure = true\n'
        '\n[[registry]]\nprefix = "quay.io"\nlocation = "mirror.lan:8480/quay.io"\ninsecure = true\n'
    )


def world_of_guest(one: Mac) -> World:
    return World(one, Snapshot("mac-01", guest=Reach.ABSENT, complete=True))


def seen_with(content: str, mode: str = "0644", owner: str = "root") -> guest.GuestSeen:
    file = FileSeen(DROP_IN, "regular", mode, owner, "root", content.encode())
    return guest.GuestSeen(render="char", files={DROP_IN: file})


def guest_changes(one: Mac, seen: guest.GuestSeen) -> list[Change]:
    found = guest.differences(guest.RESOURCE.wish(one), seen, world(one))
    return [each for each in found if isinstance(each, Change)]


def test_the_drop_in_is_held_and_goes_when_no_mirror_is_wished() -> None:
    one = mac()
    text = files(guest.RESOURCE.wish(one), one)[DROP_IN].content
    assert guest_changes(one, seen_with(text)) == []
    for other, attribute in ((seen_with(text + "#"), "content"), (seen_with(text, "0600"), "mode")):
        (change,) = guest_changes(one, other)
        assert [each.name for each in change.attributes] == [attribute]
    (gone,) = guest_changes(mac(None), seen_with(text))
    assert (gone.action, [words(command) for command in gone.commands]) == (Action.DELETE, [f"rm -f {DROP_IN}"])
    assert guest_changes(mac(None), seen_with("# somebody's own\n")) == []


def test_a_drop_in_of_the_lab_files_own_stands() -> None:
    one = mac(guest={"files": {DROP_IN: {"content": "# mine\n"}}})
    assert guest_changes(one, seen_with("# mine\n")) == []


def test_a_mirror_is_part_of_the_wish_and_of_what_was_intended() -> None:
    assert mac().wish()["mirror"] == MIRROR
    assert mac().digest != mac(None).digest
    assert homebrew.RESOURCE.intents(mac())["homebrew.tap.libkrun/krun"] == REMOTE
    assert "homebrew.tap.libkrun/krun" not in homebrew.RESOURCE.intents(mac(None))
    assert f"guest.file.{DROP_IN}" in guest.RESOURCE.intents(mac())


@pytest.mark.parametrize("good", [MIRROR, "http://127.0.0.1:8480", "https://mirror.example", "http://10.0.0.2:80"])
def test_a_mirror_is_an_address(good: str) -> None:
    assert mac(good).mirror == good


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("mirror.lan:8480", "is no address of a mirror"),
        ("http://mirror.lan:8480/", "is no address of a mirror"),
        ("http://me:secret@mirror.lan", "is no address of a mirror"),
        ("ftp://mirror.lan", "is no address of a mirror"),
        ("http://Mirror.lan", "is no address of a mirror"),
        ("http://mirror.example:8480", "plain http is for loopback and the lab's own network"),
    ],
)
def test_another_one_is_refused_with_what_to_write(bad: str, said: str) -> None:
    with pytest.raises(LabError) as caught:
        mac(bad)
    assert said in str(caught.value)
    assert "write " in str(caught.value)


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("somebody/nginx:1", "docker.io/somebody/nginx:1"),
        ("localhost:5000/x", "localhost:5000/x:latest"),
        (f"quay.io/a/b:1@sha256:{SHA256}", f"quay.io/a/b@sha256:{SHA256}"),
        ("docker://quay.io/a/b:5.6", "quay.io/a/b:5.6"),
    ],
)
def test_a_reference_has_its_registry(written: str, whole: str) -> None:
    from carbon_fleet.spec.references import reference

    assert str(reference(written)) == whole
