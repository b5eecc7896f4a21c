"""A Mac whose stacks run by Apple's `container`, and what is seen of it."""

import json
from dataclasses import replace
from typing import Any

from carbon_fleet.plan import Change, Finding, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.apple_container import AppleContainer, AppleSeen, differences, jobs
from operations.apple_container.commands import ENGINE
from operations.apple_container.seen import ContainerSeen
from operations.apple_container.services import files, path, services
from operations.stack.volumes import named
from tests.unit.operations import docker_world
from tests.unit.operations.docker_world import WEB, fingerprints, rows

__all__ = ["WEB", "a_mac", "converged", "findings", "fingerprints", "rows", "with_container"]


def a_mac(stacks: Any = None, apple: Any = None, **more: Any) -> Mac:
    """With the stack `shop`, unless others are said."""
    mac = docker_world.a_mac(stacks, runtime="apple-container", **more)
    wish = AppleContainer.model_validate_json(json.dumps(apple or {}))
    return replace(mac, sections={**mac.sections, "apple_container": wish})


def converged(mac: Mac) -> AppleSeen:
    """As `mac` wishes it."""
    wanted = services(mac)
    return AppleSeen(
        cli="/opt/homebrew/bin/container",
        version="1.1.0",
        running=True,
        kernel=True,
        containers={
            one.container_name: ContainerSeen(
                "running",
                one.stack,
                one.name,
                one.definition,
                {secret.name: f"print-{secret.name}" for secret in one.workload.secrets},
                100,
            )
            for one in wanted
        },
        health={one.container_name: 0 for one in wanted if one.container.health},
        images=tuple(recipe.tag for recipe in ENGINE.images(mac)),
        volumes=named(runtimes.stacks_on(mac, runtimes.APPLE)),
        files={s: FileSeen(path(s), "regular", "0600", "lab", "staff", t.encode()) for s, t in files(mac).items()},
        plists={
            one.container_name: FileSeen(
                jobs.path(one.container_name), "regular", "0644", "lab", "staff", one.plist.encode()
            )
            for one in wanted
        },
        jobs={one.container_name: one.job for one in wanted},
    )


def findings(mac: Mac, seen: AppleSeen, snapshot: Snapshot | None = None, *consents: str) -> list[Finding]:
    """What differs, in a look in which the Mac has the secret `token`."""
    world = World(mac, snapshot or fingerprints(token="print-token"), frozenset(consents))
    return list(differences(mac.section("apple_container", AppleContainer), seen, world))


def with_container(seen: AppleSeen, of: str, /, **changed: Any) -> AppleSeen:
    """The same, but for one container."""
    return replace(seen, containers={**seen.containers, of: replace(seen.containers[of], **changed)})


def changes(found: list[Finding]) -> list[Change]:
    """The Changes among findings."""
    return [one for one in found if isinstance(one, Change)]
