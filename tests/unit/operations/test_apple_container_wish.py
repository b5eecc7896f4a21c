"""What a lab file may say of the runtime `apple-container`, and the words for what it may not."""

from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.plan import World
from carbon_fleet.plan.registry import resources_of
from carbon_fleet.snapshot import Snapshot
from operations.apple_container.commands import ENGINE
from operations.apple_container.services import services
from operations.homebrew import Homebrew, HomebrewSeen, fitted
from operations.homebrew import differences as of_homebrew
from operations.preflight.checks import MAC_OS, PreflightSeen, of_apple_container
from operations.stack.secrets import used
from tests.unit.operations.apple_world import WEB, a_mac
from tests.unit.operations.test_docker_wish import loaded, refused

SHOP = {"name": "shop", "containers": {"web": WEB}}


def shop(**more: Any) -> list[dict[str, Any]]:
    return [{"name": "shop", "containers": {"web": {**WEB, **more}}}]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"cpus": 0}, "apple_container.cpus"),
        ({"memory": "199MiB"}, "apple_container.memory"),
        ({"kernel": "x"}, "kernel"),
    ],
)
def test_what_it_cannot_be_told(tmp_path: Path, said: dict[str, Any], words: str) -> None:
    assert words in refused(tmp_path, runtime="apple-container", apple_container=said, stacks=[])


@pytest.mark.parametrize("stack", ["llama-server", "ollama", "vulkan-check"])
def test_a_stack_that_needs_a_gpu_is_refused_with_the_runtimes_that_can(tmp_path: Path, stack: str) -> None:
    said = refused(tmp_path, runtime="apple-container", stacks=[stack], models={"tinyllama": {"file": "/x.gguf"}})
    assert f"the stack `{stack}` needs a GPU, and the runtime `apple-container` has none to give" in said
    assert "`podman-libkrun`" in said


@pytest.mark.parametrize(
    ("more", "what", "write"),
    [
        ({"devices": ["/dev/fuse"]}, "`devices`", "`podman-libkrun`"),
        ({"network": "host"}, "the `network` `host`", "`docker`"),
        ({"network": "mine"}, "the `network` `mine`", "`docker`"),
        ({"memory": "128MiB"}, "`memory: 128MiB`", "write `memory: 200MiB`"),
        ({"ports": ["127.0.0.1:8080:80", "[::1]:8080:80"]}, "the port 8080 at two addresses", "`docker`"),
        ({"secrets": {"/etc/key": "token"}}, "a secret at `/etc/key`", "`/run/secrets/key`"),
        ({"secrets": {"/data/key": "token"}}, "a secret at `/data/key`", "`/run/secrets/key`"),
        ({"secrets": {"/var/x/key": "token"}, "tmpfs": ["/var/x/y"]}, "shows all of `/var/x`", "`/run/secrets/key`"),
    ],
)
def test_what_it_cannot_carry_is_refused_by_name(tmp_path: Path, more: dict[str, Any], what: str, write: str) -> None:
    said = refused(tmp_path, runtime="apple-container", stacks=shop(**more))
    assert (what in said, "apple-container" in said, write in said) == (True, True, True), said


@pytest.mark.parametrize(
    "more",
    [
        {"network": "none"},
        {"ports": ["127.0.0.1:8080:80", "127.0.0.1:8080:80/udp"]},
        {"secrets": {"/run/secrets/token": "token"}, "read_only": True, "tmpfs": ["/tmp"]},
        {"capabilities": ["CHOWN"], "user": "1000:1000", "restart": "no", "memory": "200MiB"},
    ],
)
def test_what_it_can_is_taken(tmp_path: Path, more: dict[str, Any]) -> None:
    assert loaded(tmp_path, runtime="apple-container", stacks=shop(**more)).runtime == "apple-container"


def test_models_are_refused(tmp_path: Path) -> None:
    models = {"weights": {"url": "https://example.org/w.gguf", "sha256": "0" * 64}}
    said = refused(tmp_path, runtime="apple-container", stacks=shop(models=["weights"]), models=models)
    assert "is given `models`" in said


def test_a_volume_of_two_containers_is_refused(tmp_path: Path) -> None:
    stacks = [{"name": "shop", "containers": {"web": WEB, "job": {"image": WEB["image"], "volumes": ["shop-data:/d"]}}}]
    said = refused(tmp_path, runtime="apple-container", stacks=stacks)
    assert "both have the volume `shop-data`" in said
    assert "`~/shop-data:/path`" in said
    loaded(tmp_path, runtime="docker", stacks=stacks)


def test_nothing_starts_a_machine_that_is_none(tmp_path: Path) -> None:
    said = refused(tmp_path, runtime="apple-container", stacks=[SHOP], agent={"autostart": "login"})
    assert ("no Podman machine to start" in said, "docker:" in said) == (True, False)


def test_a_mac_of_it_has_no_podman_and_of_homebrew_just_the_formula(tmp_path: Path) -> None:
    mac = loaded(tmp_path, runtime="apple-container", stacks=[SHOP, "carbon-gpu"])
    names = [resource.name for resource in resources_of(mac)]
    assert not {"machine", "guest", "image", "stack", "docker"} & {*names}
    assert [one for one in names if one in ("preflight", "homebrew", "secret", "apple_container", "agent")] == [
        "preflight",
        "homebrew",
        "secret",
        "apple_container",
        "agent",
    ]
    wish = fitted(mac.section("homebrew", Homebrew), mac)
    assert ({name: str(one.version) for name, one in wish.wished.items()}, wish.taps) == ({"container": ">=1.0"}, ())
    assert [recipe.name for recipe in ENGINE.images(mac)] == ["venus", "llama", "carbon-gpu"]


def test_beside_podman_each_has_its_own(tmp_path: Path) -> None:
    mac = loaded(tmp_path, stacks=["vulkan-check", {**SHOP, "runtime": "apple-container"}])
    assert {"machine", "stack", "apple_container"} <= {resource.name for resource in resources_of(mac)}
    assert [service.stack for service in services(mac)] == ["shop"]
    assert (set(used(mac)), used(mac, "podman-libkrun")) == ({"token"}, {})
    assert "container" in fitted(mac.section("homebrew", Homebrew), mac).wished


def test_one_that_apples_own_package_brought_is_not_installed_again() -> None:
    mac = a_mac()
    wish, world = fitted(mac.section("homebrew", Homebrew), mac), World(mac, Snapshot("m"))
    missing = [one.address for one in of_homebrew(wish, HomebrewSeen(), world)]
    assert missing == ["homebrew.formula.container"]
    brought = frozenset({"container"})
    assert list(of_homebrew(wish, HomebrewSeen(brought=brought), world)) == []
    assert list(of_homebrew(wish, HomebrewSeen(present=False, brought=brought), world)) == [], "nor is Homebrew needed"


@pytest.mark.parametrize(("macos", "codes"), [("15.7", ["APPLE_CONTAINER_MACOS"]), ("26.0", []), ("26.1", [])])
def test_macos_before_26_is_refused(macos: str, codes: list[str]) -> None:
    found = list(of_apple_container(PreflightSeen(MAC_OS, macos=macos)))
    assert [one.code for one in found] == codes  # type: ignore[union-attr]
