"""What a lab file may say of runtimes and of Docker Desktop, and the words for what it may not."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.plan.registry import lab_sections, resources_of
from carbon_fleet.spec import LabError, Mac, load_lab
from operations.docker import Docker
from operations.docker.commands import ENGINE
from operations.docker.engine import wished
from operations.docker.services import services
from operations.homebrew import Homebrew, HomebrewSeen, fitted
from operations.homebrew import differences as of_homebrew
from operations.image.recipe import recipes
from operations.model.loads import loads
from operations.render.workload import Mount
from operations.stack.quadlet import units
from operations.stack.secrets import used
from operations.stack.wish import Stacks
from tests.unit.operations.docker_world import WEB, a_mac

SHOP = {"name": "shop", "containers": {"web": WEB}}


def loaded(folder: Path, **of_the_mac: Any) -> Mac:
    path = folder / "lab.yml"
    path.write_text(yaml.safe_dump({"lab": "l", "macs": {"m": {"host": "10.0.0.1", "user": "lab", **of_the_mac}}}))
    return load_lab(path, lab_sections()).mac("m")


def refused(folder: Path, **of_the_mac: Any) -> str:
    with pytest.raises(LabError) as error:
        loaded(folder, **of_the_mac)
    return "\n".join(str(fault) for fault in error.value.errors)


def test_settings_are_what_docker_desktop_counts_in() -> None:
    said = {"cpus": 4, "memory": "8GiB", "disk": "64GiB", "start_at_login": False}
    wanted = wished(Docker.model_validate_json(json.dumps(said)))
    assert wanted == {"Cpus": 4, "MemoryMiB": 8192, "DiskSizeMiB": 65536, "AutoStart": False}
    assert wished(Docker()) == {}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"cpus": 0}, "docker.cpus"),
        ({"memory": "512MiB"}, "docker.memory"),
        ({"disk": "1GiB"}, "docker.disk"),
        ({"memory": f"{2**30 + 1}B"}, "no whole number of MiB"),
        ({"swap": "1GiB"}, "swap"),
    ],
)
def test_what_it_cannot_be_told(tmp_path: Path, said: dict[str, Any], words: str) -> None:
    assert words in refused(tmp_path, runtime="docker", docker=said, stacks=[])


@pytest.mark.parametrize("stack", ["llama-server", "ollama", "vulkan-check"])
def test_a_stack_that_needs_a_gpu_is_refused_with_the_runtimes_that_can(tmp_path: Path, stack: str) -> None:
    said = refused(tmp_path, runtime="docker", stacks=[stack], models={"tinyllama": {"file": "/x.gguf"}})
    assert f"the stack `{stack}` needs a GPU, and the runtime `docker` has none to give" in said
    assert "`podman-libkrun`" in said
    assert "`docker`" not in said.partition("write `runtime:`")[2]


def test_one_stack_of_another_runtime_is_refused_at_its_own_line(tmp_path: Path) -> None:
    said = refused(tmp_path, stacks=["carbon-gpu", {"name": "vulkan-check", "runtime": "docker"}])
    assert "stacks[1].runtime" in said or "stacks.1.runtime" in said


def test_devices_are_refused_and_models_where_nobody_says_whose(tmp_path: Path) -> None:
    device = {"name": "d", "containers": {"c": {"image": "docker.io/library/x:1", "devices": ["/dev/fuse"]}}}
    assert "Docker Desktop has none to give" in refused(tmp_path, runtime="docker", stacks=[device])
    models = {"weights": {"url": "https://example.org/w.gguf", "sha256": "0" * 64}}
    server = {
        "name": "s",
        "gpu": "none",
        "containers": {"c": {"image": "docker.io/library/x:1", "models": ["weights"]}},
    }
    assert loads(loaded(tmp_path, runtime="docker", stacks=[server], models=models)) == ()
    said = refused(tmp_path, runtime="docker", stacks=[server], models=models, user=None)
    assert "is given models, and nobody says whose home they are in" in said


def test_llama_server_runs_there_where_it_may_do_without_a_gpu(tmp_path: Path) -> None:
    models = {"tinyllama": {"url": "https://example.org/w.gguf", "sha256": "0" * 64}}
    for need in ("preferred", "none"):
        mac = loaded(tmp_path, runtime="docker", stacks=[{"name": "llama-server", "gpu": need}], models=models)
        (service,) = services(mac)
        assert service.workload.environment["CARBON_ACCEPT"] == "cpu", "its health says what computes"
        place = f"/Users/lab/.local/share/carbon-fleet/docker/models/{'0' * 64}"
        model = Mount(place, "/models/tinyllama", ("ro",), of_mac=True, file=True)
        assert (service.workload.devices, service.workload.mounts) == ((), (model,))


def test_nothing_starts_a_machine_that_is_none(tmp_path: Path) -> None:
    said = refused(tmp_path, runtime="docker", stacks=[SHOP], agent={"autostart": "login"})
    assert "docker: {start_at_login: true}" in said


def test_a_mac_of_docker_has_no_podman_and_of_homebrew_just_the_cask(tmp_path: Path) -> None:
    mac = loaded(tmp_path, runtime="docker", stacks=[SHOP, "carbon-gpu"])
    names = {resource.name for resource in resources_of(mac)}
    assert names >= {"preflight", "power", "homebrew", "secret", "docker", "moving", "agent"}
    assert not names & {"provider", "machine", "guest", "image", "stack", "apple_container"}
    wish = fitted(mac.section("homebrew", Homebrew), mac)
    assert (dict(wish.wished), wish.taps, wish.casks) == ({}, (), ("docker-desktop",))
    assert recipes(mac) == ()
    assert [recipe.name for recipe in ENGINE.images(mac)] == ["venus", "llama", "carbon-gpu"]


def test_more_than_is_built_in_of_homebrew_stays(tmp_path: Path) -> None:
    said = {"formulae": {"podman": {"version": ">=6"}, "jq": {}}, "taps": ["libkrun/krun"], "casks": ["docker"]}
    mac = loaded(tmp_path, runtime="docker", stacks=[SHOP], homebrew=said)
    wish = fitted(mac.section("homebrew", Homebrew), mac)
    assert (set(wish.wished), wish.taps, wish.casks) == ({"podman", "jq"}, ("libkrun/krun",), ("docker",))


def test_a_mac_of_podman_has_what_it_had(tmp_path: Path) -> None:
    mac = loaded(tmp_path, stacks=["vulkan-check"])
    assert fitted(mac.section("homebrew", Homebrew), mac) is mac.section("homebrew", Homebrew)
    assert "docker" not in [resource.name for resource in resources_of(mac)]


def test_both_on_one_mac_and_each_has_its_own(tmp_path: Path) -> None:
    mac = loaded(tmp_path, stacks=["vulkan-check", {**SHOP, "runtime": "docker"}])
    assert {"machine", "stack", "docker"} <= {resource.name for resource in resources_of(mac)}
    assert [unit.stack for unit in units(mac.section("stacks", Stacks), mac)] == ["vulkan-check"]
    assert [service.stack for service in services(mac)] == ["shop"]
    assert [recipe.name for recipe in recipes(mac)] == ["venus", "vulkan-check"]
    assert ENGINE.images(mac) == ()
    assert (set(used(mac)), used(mac, "podman-libkrun")) == ({"token"}, {})
    stack = next(resource for resource in resources_of(mac) if resource.name == "stack")
    assert [one.name for one in stack.wish(mac).all()] == ["vulkan-check"]


def test_an_application_that_somebody_brought_is_not_installed_again() -> None:
    from carbon_fleet.plan import World
    from carbon_fleet.snapshot import Snapshot

    mac = a_mac()
    wish, world = fitted(mac.section("homebrew", Homebrew), mac), World(mac, Snapshot("m"))
    missing = [one.address for one in of_homebrew(wish, HomebrewSeen(), world)]
    assert missing == ["homebrew.cask.docker-desktop"]
    assert list(of_homebrew(wish, HomebrewSeen(apps=frozenset({"docker-desktop"})), world)) == []
