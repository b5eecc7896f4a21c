"""What differs of Docker Desktop and of the stacks it runs, from typed looks to Changes."""

from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Change, Notice, Refusal, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec.runtime import RuntimeName
from operations import runtimes
from operations.docker import RESOURCE, Docker, DockerSeen
from operations.docker.gone import removal
from operations.docker.seen import ContainerSeen
from operations.docker.services import path
from operations.environment.wish import Environments
from operations.homebrew import Homebrew, fitted
from tests.unit.operations.docker_world import (
    SETTINGS,
    WEB,
    WISH,
    a_mac,
    converged,
    findings,
    fingerprints,
    rows,
    with_container,
)

SHOP = "docker.stack.shop.web"


def test_as_wished_nothing_differs() -> None:
    mac = a_mac(docker=WISH)
    assert findings(mac, converged(mac)) == []


def test_of_a_bare_mac_all_is_told_ahead() -> None:
    found = findings(a_mac(docker=WISH), DockerSeen())
    assert rows(found) == [
        ("docker.settings", "update", ["cpus", "memory", "disk", "start_at_login"]),
        ("docker.engine", "run", ["state"]),
        ("docker.volume.shop-data", "create", ["volume"]),
        ("docker.stack.shop", "create", ["content", "mode"]),
        (SHOP, "run", ["container"]),
        ("docker.stack.shop", "run", ["kept"]),
    ]
    assert [one.code for one in found if isinstance(one, Notice)] == ["DOCKER_TERMS_AHEAD"]


def test_nothing_said_leaves_settings_alone() -> None:
    mac = a_mac()
    assert findings(mac, replace(converged(mac), settings={"LicenseTermsVersion": 2, "Cpus": 1})) == []


def test_a_stopped_one_is_one_difference() -> None:
    mac = a_mac(docker=WISH)
    found = findings(mac, DockerSeen("/Applications/Docker.app", "4.51.0", False, SETTINGS))
    assert rows(found) == [("docker.engine", "run", ["state"])]


@pytest.mark.parametrize(
    ("seen", "code", "remedy"),
    [
        ({"running": False, "settings": None}, "DOCKER_TERMS", "open -a Docker"),
        ({"running": False, "settings": {"Cpus": 4}}, "DOCKER_TERMS", "--accept-license"),
        ({"version": "4.37.2"}, "DOCKER_TOO_OLD", "docker desktop update"),
        ({"settings": {**SETTINGS, "DiskSizeMiB": 65537}}, "DOCKER_DISK_SHRINKS", "disk: 65537MiB"),
    ],
)
def test_what_only_a_person_can_mend_is_refused(seen: dict[str, Any], code: str, remedy: str) -> None:
    mac = a_mac(docker=WISH)
    (refusal,) = findings(mac, replace(converged(mac), **seen))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, remedy in refusal.remedy) == (code, True)


def test_settings_of_a_running_one_stop_it_and_start_it_again() -> None:
    mac = a_mac(docker=WISH)
    found = findings(mac, replace(converged(mac), settings={**SETTINGS, "Cpus": 2, "AutoStart": False}))
    (change,) = [one for one in found if isinstance(one, Change)]
    assert [(each.name, each.before, each.after) for each in change.attributes] == [
        ("cpus", 2, 4),
        ("start_at_login", False, True),
    ]
    assert [command.argv[4:] for command in change.commands] == [("Cpus=4", "AutoStart=true"), ("300",)]
    assert change.at_stake


@pytest.mark.parametrize(
    ("changed", "attribute", "anew"),
    [
        ({"definition": "older"}, "definition", True),
        ({"secrets": {"token": "another"}}, "secrets", True),
        ({"secrets": {}}, "secrets", True),
        ({"state": "exited"}, "state", False),
        ({"health": "unhealthy"}, "health", True),
        ({"health": "starting"}, "health", False),
    ],
)
def test_a_container_that_is_not_as_wished(changed: dict[str, Any], attribute: str, anew: bool) -> None:
    mac = a_mac()
    (change,) = findings(mac, with_container(converged(mac), "shop-web", **changed))
    assert isinstance(change, Change)
    assert (change.address, [each.name for each in change.attributes]) == (SHOP, [attribute])
    (command,) = change.commands
    assert command.argv[4:] == ("shop", "web", "shop-web", "300", "anew" if anew else "", "TOKEN=token")


def test_a_secret_that_cannot_be_compared_restarts_nothing() -> None:
    mac = a_mac()
    assert findings(mac, with_container(converged(mac), "shop-web", secrets={}), fingerprints()) == []


def test_files_that_are_not_as_wished() -> None:
    mac = a_mac()
    seen = converged(mac)
    file = seen.files["shop"]
    for changed, name in (({"content": b"x"}, "content"), ({"mode": "0644"}, "mode")):
        assert rows(findings(mac, replace(seen, files={"shop": replace(file, **changed)}))) == [
            ("docker.stack.shop", "update", [name])
        ]


def test_a_strangers_container_is_refused() -> None:
    mac = a_mac()
    seen = with_container(converged(mac), "shop-web", stack="", name="", definition="")
    (refusal,) = [one for one in findings(mac, seen) if isinstance(one, Refusal)]
    assert (refusal.code, refusal.address) == ("CONTAINER_NAME_TAKEN", SHOP)
    assert "docker rename shop-web shop-web-before" in refusal.remedy


def test_what_no_stack_has_goes_and_strangers_stay() -> None:
    mac = a_mac(stacks=[])
    seen = replace(
        converged(a_mac()),
        images=("localhost/carbon-fleet/venus:0123456789abcdef",),
        files={"shop": FileSeen(path("shop"), "regular", "0600"), "new": FileSeen(path("new"), "absent")},
    )
    seen = replace(seen, containers={**seen.containers, "theirs": ContainerSeen("running")})
    found = findings(mac, seen)
    assert rows(found) == [
        (SHOP, "delete", ["container"]),
        ("docker.stack.shop", "delete", ["file"]),
        ("docker.image.venus", "delete", ["tag"]),
    ]
    assert [one.code for one in found if isinstance(one, Notice)] == ["VOLUME_UNUSED"]
    with_consent = findings(mac, seen, None, "delete-volumes")
    assert ("docker.volume.shop-data", "delete", ["volume"]) in rows(with_consent)


def test_images_are_built_from_the_same_context_bases_first() -> None:
    mac = a_mac(stacks=["carbon-gpu"])
    found = [one for one in findings(mac, replace(converged(mac), images=())) if isinstance(one, Change)]
    assert [one.address for one in found] == ["docker.image.venus", "docker.image.llama", "docker.image.carbon-gpu"]
    words = found[-1].commands[0].argv
    assert any(word.startswith("LLAMA=localhost/carbon-fleet/llama:") for word in words)
    assert [word for word in words if word.startswith("io.carbon-fleet.inputs=")]
    assert "--network=host" not in words


def test_without_a_gpu_nothing_of_it_is_in_the_file() -> None:
    mac = a_mac(stacks=[{"name": "s", "gpu": "preferred", "containers": {"c": {**WEB, "gpu": "venus"}}}])
    seen = converged(mac)
    text = seen.files["s"].content.decode()
    assert not [word for word in ("/dev/dri", "/opt/venus", "VK_", "CARBON_ACCEPT") if word in text]
    assert seen.images == (), "no driver is built for what cannot use it"


@pytest.mark.parametrize("before", [True, False])
def test_one_that_was_there_is_left_with_its_settings(before: bool) -> None:
    mac = a_mac(docker={"cpus": 4})
    seen = converged(mac)
    found = {"docker.app": True, "docker.engine": before, "docker.settings": {"Cpus": None}}
    world = World(mac, fingerprints(), frozenset({"delete-volumes"}))
    first = list(RESOURCE.removal(mac.section("docker", Docker), seen, found, world))
    assert [one.address for one in first] == [SHOP, "docker.stack.shop", "docker.volume.shop-data"]
    empty = replace(seen, containers={}, files={}, volumes={"theirs": ""}, images=())
    then = list(RESOURCE.removal(mac.section("docker", Docker), empty, found, world))
    assert [one.address for one in then] == ["docker.settings", *([] if before else ["docker.engine"])]
    assert isinstance(then[0], Change)
    assert then[0].commands[0].argv[4:] == ("Cpus=",)


def test_one_that_came_with_us_goes_with_all_that_is_in_it_and_only_with_consent() -> None:
    mac = a_mac()
    seen = replace(converged(mac), volumes={"theirs": ""})
    found = {"docker.app": False, "docker.engine": False, "docker.settings": {}}
    (refusal,) = RESOURCE.removal(mac.section("docker", Docker), seen, found, World(mac, fingerprints()))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "theirs" in refusal.what) == ("CONSENT_MISSING", True)
    world = World(mac, fingerprints(), frozenset({"delete-volumes"}))
    (change,) = RESOURCE.removal(mac.section("docker", Docker), seen, found, world)
    assert change.address == "docker.engine"
    assert RESOURCE.found(mac.section("docker", Docker), DockerSeen()) == found


def test_on_an_intel_mac_only_a_person_brings_it_and_it_stays() -> None:
    mac = a_mac(platform="linux/amd64")
    (refusal,) = findings(mac, DockerSeen())
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "mac/main/amd64/Docker.dmg" in refusal.remedy) == ("DOCKER_MISSING", True)
    assert findings(mac, converged(mac)) == []
    assert fitted(mac.section("homebrew", Homebrew), mac).model_dump(include={"formulae", "taps", "casks"}) == {
        "formulae": {},
        "taps": (),
        "casks": (),
    }
    assert RESOURCE.places(RESOURCE.wish(mac), mac) == (
        "~/.config/carbon-fleet/docker/",
        "~/.local/share/carbon-fleet/docker/models/",
        "~/Library/Caches/carbon-fleet/",
    )
    seen = replace(converged(mac), containers={}, images=(), volumes={}, files={})
    assert list(removal(Docker(), seen, {"docker.app": False, "docker.engine": False}, World(mac, Snapshot("m")))) == []


@pytest.mark.parametrize("runtime", ["podman-applehv", "apple-container", "native", "lima"])
def test_docker_alone_runs_on_an_intel_mac(runtime: RuntimeName) -> None:
    mac = a_mac(platform="linux/amd64", runtime=runtime)
    (problem,) = (one for one in runtimes.problems(mac) if one.path == ("runtime",))
    assert "write `runtime: docker`" in problem.write


def test_no_environment_is_made_on_an_intel_mac() -> None:
    mac = a_mac(platform="linux/amd64")
    lock = {"environments": Environments.model_validate({"science": {"lock": "science.txt"}})}
    there = replace(mac, sections={**mac.sections, **lock})
    assert [one.path for one in runtimes.problems(mac)] == []
    assert [one.path for one in runtimes.problems(there)] == [("environments",)]
