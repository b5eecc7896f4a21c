"""Apple's `container`, and the stacks it runs: a virtual machine a container, none of them with a GPU.

Sources: apple/container 1.0 to 1.2.2, its `docs/` and sources; where each fact comes from is said where it is used.
"""

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Finding, Resource, World
from carbon_fleet.spec import Mac
from operations import _moves as moves
from operations import runtimes
from operations._leftovers import unwished
from operations.apple_container import containers, jobs, system
from operations.apple_container.commands import ENGINE, FOLDER
from operations.apple_container.gone import found, removal
from operations.apple_container.seen import AppleSeen, read
from operations.apple_container.services import files, services
from operations.apple_container.wish import AppleContainer, check
from operations.homebrew.wish import Homebrew

__all__ = ["RESOURCE", "AppleContainer", "AppleSeen", "differences", "read"]
LONGEST_CHECK = 10
"""Seconds a look waits for one container's health."""


def differences(wanted: AppleContainer, seen: AppleSeen, world: World) -> Iterator[Finding]:
    """The tool and its services first; what is in them is judged only while they run, or are to come."""
    if not runtimes.apple_container(world.mac):
        yield from unwished(ENGINE, bool(seen.cli), seen, containers.none, world)
        return
    refused = list(system.refusals(wanted, seen))
    yield from refused
    if refused:
        return
    yield from system.changes(wanted, seen)
    if seen.running or not seen.cli:
        yield from _inside(seen, world)


def _inside(seen: AppleSeen, world: World) -> Iterator[Finding]:
    """Images, volumes, files, then what runs; what nobody needs any more goes last, what holds ports before."""
    mac, held, every = world.mac, moves.held(world), services(world.mac)
    seen = seen.without(held, {one.container_name for one in every if one.stack in held})
    wished = tuple(one for one in every if one.stack not in held)
    yield from containers.strangers(wished, seen)
    yield from containers.orphans(wished, seen)
    yield from ENGINE.missing_images(seen.images, mac)
    yield from ENGINE.missing_volumes(seen.volumes, mac, held)
    yield from containers.files({stack: text for stack, text in files(mac).items() if stack not in held}, wished, seen)
    yield from containers.runs(wished, seen, world)
    yield from ENGINE.unused_volumes(seen.volumes, world)
    if not held:
        yield from ENGINE.unused_images(seen.images, tuple(recipe.tag for recipe in ENGINE.images(mac)))


def asks(wanted: AppleContainer, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/apple_container.sh`; the checks are lines of shell."""
    wished = services(mac)
    return {
        "CF_APPLE_WISHED": "yes" if runtimes.apple_container(mac) else "",
        "CF_APPLE_PREFIX": str(mac.section("homebrew", Homebrew).prefix),
        "CF_APPLE_STACKS": " ".join(files(mac)),
        "CF_APPLE_CONTAINERS": " ".join(one.container_name for one in wished),
        "CF_APPLE_MARK": jobs.MARK,
        "CF_APPLE_CHECKS": "\n".join(_checks(mac)),
    }


def _checks(mac: Mac) -> Iterator[str]:
    for one in services(mac):
        if health := one.workload.health:
            words = ("/bin/sh", "-c", health.command) if isinstance(health.command, str) else health.command
            seconds = str(min(health.timeout, LONGEST_CHECK))
            yield shlex.join(("cf_apple_check", one.container_name, seconds, *words))


def parts(wanted: AppleContainer, mac: Mac) -> Mapping[str, Any]:
    """Each container by the digest of what is said of it, each image by that of what it is made from."""
    made = {f"apple_container.image.{recipe.name}": recipe.digest for recipe in ENGINE.images(mac)}
    return made | {service.address: service.definition for service in services(mac)}


RESOURCE: Resource[AppleContainer, AppleSeen] = Resource(
    "apple_container",
    "apple_container",
    AppleContainer,
    read,
    differences,
    asks=asks,
    check=check,
    parts=parts,
    found=found,
    places=lambda wanted, mac: (f"{FOLDER}/", "~/Library/Application Support/com.apple.container/"),
    removal=removal,
    applies=runtimes.apple_container,
    lingers=runtimes.brewed,
)
