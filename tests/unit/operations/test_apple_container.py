"""What differs of Apple's `container` and of the stacks it runs, from typed looks to Changes."""

import plistlib
from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Change, Notice, Refusal, World
from carbon_fleet.snapshot.files import FileSeen
from operations.apple_container import RESOURCE, AppleContainer, AppleSeen
from operations.apple_container.seen import ContainerSeen
from operations.apple_container.services import path, services
from tests.unit.operations.apple_world import (
    WEB,
    a_mac,
    changes,
    converged,
    findings,
    fingerprints,
    rows,
    with_container,
)

SHOP = "apple_container.stack.shop.web"
JOB = "apple_container.job.shop-web"


def test_as_wished_nothing_differs() -> None:
    mac = a_mac()
    assert findings(mac, converged(mac)) == []


def test_of_a_bare_mac_all_is_told_ahead() -> None:
    assert rows(findings(a_mac(), AppleSeen())) == [
        ("apple_container.system", "run", ["state"]),
        ("apple_container.volume.shop-data", "create", ["volume"]),
        ("apple_container.stack.shop", "create", ["content", "mode"]),
        (JOB, "create", ["content", "mode"]),
        (SHOP, "run", ["container"]),
    ]


def test_stopped_services_are_one_difference_and_their_question_is_answered() -> None:
    for install, answer in ((True, "--enable-kernel-install"), (False, "--disable-kernel-install")):
        mac = a_mac(apple={"install_kernel": install, "start_timeout": "90s"})
        (change,) = changes(findings(mac, replace(converged(mac), running=False, kernel=False, containers={})))
        assert (change.address, change.commands[0].argv[4:]) == ("apple_container.system", ("90", answer))


def test_a_missing_kernel_is_installed_or_refused() -> None:
    mac = a_mac()
    assert rows(findings(mac, replace(converged(mac), kernel=False))) == [("apple_container.kernel", "run", ["kernel"])]
    mac = a_mac(apple={"install_kernel": False})
    (refusal,) = findings(mac, replace(converged(mac), kernel=False))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "container system kernel set" in refusal.remedy) == ("APPLE_CONTAINER_KERNEL", True)


def test_a_version_without_what_is_needed_is_refused() -> None:
    mac = a_mac()
    (refusal,) = findings(mac, replace(converged(mac), version="0.12.3"))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "brew upgrade container" in refusal.remedy) == ("APPLE_CONTAINER_TOO_OLD", True)


@pytest.mark.parametrize(
    ("changed", "attribute", "mode"),
    [
        ({"definition": "older"}, "definition", "anew"),
        ({"secrets": {"token": "another"}}, "secrets", "anew"),
        ({"secrets": {}}, "secrets", "anew"),
        ({"state": "stopped"}, "state", ""),
    ],
)
def test_a_container_that_is_not_as_wished(changed: dict[str, Any], attribute: str, mode: str) -> None:
    mac = a_mac()
    (change,) = findings(mac, with_container(converged(mac), "shop-web", **changed))
    assert isinstance(change, Change)
    assert (change.address, [each.name for each in change.attributes]) == (SHOP, [attribute])
    (command,) = change.commands
    assert command.argv[4:9] == ("shop", "web", "shop-web", "300", mode)


@pytest.mark.parametrize(
    ("health", "age", "before", "mode"),
    [
        ({"shop-web": 1}, 100, "unhealthy", "anew"),
        ({"shop-web": 124}, None, "unhealthy", "anew"),
        ({"shop-web": 1}, 10, "starting", ""),
        ({}, 100, "starting", ""),
    ],
)
def test_health_is_what_the_last_look_asked(health: dict[str, int], age: int | None, before: str, mode: str) -> None:
    web = {**WEB, "health": {"command": "true", "start_period": "30s"}}
    mac = a_mac(stacks=[{"name": "shop", "containers": {"web": web}}])
    seen = replace(with_container(converged(mac), "shop-web", age=age), health=health)
    (change,) = changes(findings(mac, seen))
    assert [(each.name, each.before) for each in change.attributes] == [("health", before)]
    assert change.commands[0].argv[8] == mode


@pytest.mark.parametrize("loaded", [{}, {"shop-web": "older"}])
def test_a_job_that_launchd_has_not_is_loaded_again(loaded: dict[str, str]) -> None:
    mac = a_mac()
    (change,) = changes(findings(mac, replace(converged(mac), jobs=loaded)))
    assert (change.address, change.attributes[0].name, change.commands[0].argv[8]) == (SHOP, "job", "again")


def test_a_secret_that_cannot_be_compared_restarts_nothing() -> None:
    mac = a_mac()
    assert findings(mac, with_container(converged(mac), "shop-web", secrets={}), fingerprints()) == []


def test_files_that_are_not_as_wished() -> None:
    mac = a_mac()
    seen = converged(mac)
    for changed, name in (({"content": b"x"}, "content"), ({"mode": "0666"}, "mode")):
        file = replace(seen.files["shop"], **changed)
        assert rows(findings(mac, replace(seen, files={"shop": file}))) == [
            ("apple_container.stack.shop", "update", [name])
        ]
        plist = replace(seen.plists["shop-web"], **changed)
        assert rows(findings(mac, replace(seen, plists={"shop-web": plist}))) == [(JOB, "update", [name])]


def test_a_strangers_container_is_refused() -> None:
    mac = a_mac()
    seen = with_container(converged(mac), "shop-web", stack="", name="", definition="")
    (refusal,) = [one for one in findings(mac, seen) if isinstance(one, Refusal)]
    assert (refusal.code, refusal.address) == ("CONTAINER_NAME_TAKEN", SHOP)
    assert "container export shop-web" in refusal.remedy


def test_what_no_stack_has_goes_and_strangers_stay() -> None:
    mac, was = a_mac(stacks=[]), converged(a_mac())
    seen = replace(
        was,
        images=("localhost/carbon-fleet/venus:0123456789abcdef",),
        files={"shop": FileSeen(path("shop"), "regular", "0600"), "new": FileSeen(path("new"), "absent")},
        jobs={**was.jobs, "shop-old": "x"},
        containers={**was.containers, "theirs": ContainerSeen("running"), "buildkit": ContainerSeen("running")},
    )
    found = findings(mac, seen)
    assert rows(found) == [
        (SHOP, "delete", ["container"]),
        ("apple_container.job.shop-old", "delete", ["job"]),
        ("apple_container.stack.shop", "delete", ["file"]),
        ("apple_container.image.venus", "delete", ["tag"]),
    ]
    assert [one.code for one in found if isinstance(one, Notice)] == ["VOLUME_UNUSED"]
    with_consent = findings(mac, seen, None, "delete-volumes")
    assert ("apple_container.volume.shop-data", "delete", ["volume"]) in rows(with_consent)


def test_images_are_built_from_the_same_context_bases_first() -> None:
    mac = a_mac(stacks=["carbon-gpu"])
    found = [one for one in changes(findings(mac, replace(converged(mac), images=()))) if "image" in one.address]
    names = ["venus", "llama", "carbon-gpu"]
    assert [one.address for one in found] == [f"apple_container.image.{name}" for name in names]
    words = found[-1].commands[0].argv
    assert any(word.startswith("LLAMA=localhost/carbon-fleet/llama:") for word in words)


def test_without_a_gpu_nothing_of_it_is_in_the_file() -> None:
    mac = a_mac(stacks=[{"name": "s", "gpu": "preferred", "containers": {"c": {**WEB, "gpu": "venus"}}}])
    text = converged(mac).files["s"].content.decode()
    assert not [word for word in ("/dev/dri", "/opt/venus", "VK_", "CARBON_ACCEPT", "--device") if word in text]


@pytest.mark.parametrize(
    ("restart", "kept"), [("always", True), ("on-failure", {"SuccessfulExit": False}), ("no", None)]
)
def test_launchd_restarts_as_the_stack_says(restart: str, kept: object) -> None:
    (service,) = services(a_mac(stacks=[{"name": "shop", "containers": {"web": {**WEB, "restart": restart}}}]))
    job = plistlib.loads(service.plist.encode())
    assert (job.get("KeepAlive"), job["Label"]) == (kept, "io.carbon-fleet.container.shop-web")
    assert (job["ProgramArguments"][-1], job["RunAtLoad"]) == ("shop-web", True)
    assert job["EnvironmentVariables"]["CARBON_FLEET_JOB"] == service.job


@pytest.mark.parametrize("before", [True, False])
def test_one_that_was_there_is_left_as_it_was(before: bool) -> None:
    mac = a_mac()
    seen, wanted = converged(mac), mac.section("apple_container", AppleContainer)
    found = {"apple_container.cli": True, "apple_container.system": before}
    world = World(mac, fingerprints(), frozenset({"delete-volumes"}))
    first = list(RESOURCE.removal(wanted, seen, found, world))
    assert [one.address for one in first] == [SHOP, "apple_container.stack.shop", "apple_container.volume.shop-data"]
    empty = replace(seen, containers={}, files={}, plists={}, jobs={}, volumes={"theirs": ""}, images=())
    then = list(RESOURCE.removal(wanted, empty, found, world))
    assert [one.address for one in then] == ([] if before else ["apple_container.system"])


def test_one_that_came_with_us_goes_with_every_volume_and_only_with_consent() -> None:
    mac = a_mac()
    wanted, found = mac.section("apple_container", AppleContainer), RESOURCE.found(AppleContainer(), AppleSeen())
    assert found == {"apple_container.cli": False, "apple_container.system": False}
    seen = replace(converged(mac), volumes={"theirs": ""})
    (refusal,) = RESOURCE.removal(wanted, seen, found, World(mac, fingerprints()))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "theirs" in refusal.what) == ("CONSENT_MISSING", True)


def test_what_is_left_in_stopped_services_is_reached_by_a_start() -> None:
    mac = a_mac()
    seen = replace(converged(mac), running=False, containers={}, volumes={}, images=())
    found = {"apple_container.cli": True, "apple_container.system": False}
    world = World(mac, fingerprints(), frozenset({"delete-volumes"}))
    (change,) = RESOURCE.removal(mac.section("apple_container", AppleContainer), seen, found, world)
    assert (change.address, change.attributes[0].after) == ("apple_container.system", "running")  # type: ignore[union-attr]
