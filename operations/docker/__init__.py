"""Docker Desktop, and the stacks it runs: Compose files on the Mac, containers without a GPU in its virtual machine.

Of its engine only its own socket is asked (`~/.docker/run/docker.sock`), so that no other engine answers in its place.
Where each fact comes from is said in `operations/docker/engine.py`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from carbon_fleet.plan import Finding, Refusal, Resource, World
from carbon_fleet.spec import Mac
from operations import _moves as moves
from operations import runtimes
from operations._leftovers import of_other_labs, unwished
from operations.docker import back, containers, engine, gone
from operations.docker.commands import ENGINE, FOLDER, MODELS
from operations.docker.seen import DockerSeen, read
from operations.docker.services import files, services
from operations.docker.wish import Docker, check

__all__ = ["RESOURCE", "Docker", "DockerSeen", "differences", "read"]


OWN = ("~/.docker/", "~/Library/Group Containers/group.com.docker/", "~/Library/Containers/com.docker.docker/")
"""Where Docker Desktop itself keeps things."""
CACHE = "~/Library/Caches/carbon-fleet/"
"""Where a Mac has models before they are kept for anything."""


def differences(wanted: Docker, seen: DockerSeen, world: World) -> Iterator[Finding]:
    """The application and its engine first; what is in it is judged only while it runs, or is to come."""
    if not runtimes.docker(world.mac):
        yield from unwished(ENGINE, bool(seen.app), seen, containers.none, world, MODELS.leftovers(seen.models, ()))
        return
    refused = list(engine.refusals(wanted, seen, world.mac))
    yield from refused
    if refused:
        return
    yield from engine.changes(wanted, seen)
    if seen.running or not seen.app:
        yield from _inside(seen, world)


def _inside(seen: DockerSeen, world: World) -> Iterator[Finding]:
    """Images, volumes, files, then what runs; what nobody needs any more goes last, what holds ports before."""
    mac, held = world.mac, moves.held(world)
    seen = seen.without(held)
    wished = tuple(service for service in services(mac) if service.stack not in held)
    yield from containers.strangers(wished, seen)
    yield from containers.orphans(wished, seen)
    yield from ENGINE.missing_images(seen.images, mac)
    yield from ENGINE.missing_volumes(seen.volumes, mac, held)
    yield from MODELS.missing(seen.models, mac)
    texts = {stack: text for stack, text in files(mac).items() if stack not in held}
    yield from containers.files(texts, seen)
    yield from containers.runs(wished, seen, world)
    yield from back.keeps(texts, wished, seen)
    yield from ENGINE.unused_volumes(seen.volumes, world)
    if not held:
        yield from _leftovers(seen, (*(recipe.tag for recipe in ENGINE.images(mac)), *back.images(seen)))
        yield from MODELS.leftovers(seen.models, MODELS.sums(mac) | back.models(seen))


def _leftovers(seen: DockerSeen, needed: tuple[str, ...]) -> Iterator[Finding]:
    """Images of ours that nobody needs; those that somebody else's container was made from stay."""
    yield from ENGINE.unused_images(set(seen.images) - seen.strangers.keys(), needed)
    yield from ENGINE.kept_images(seen.strangers, needed)


def removal(wanted: Docker, seen: DockerSeen, before: Mapping[str, Any], world: World) -> Iterator[Finding]:
    """What is in its engine and what is kept for that, then itself where it came with us."""
    left = replace(seen, images=tuple(tag for tag in seen.images if tag not in seen.strangers))
    found = tuple(gone.removal(wanted, left, before, world))
    yield from found
    if before.get(gone.APP) is not False:
        yield from ENGINE.kept_images(seen.strangers, ())
    if not any(isinstance(one, Refusal) for one in found) and not of_other_labs("docker", world):
        yield from MODELS.leftovers(seen.models, ())


def asks(wanted: Docker, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/docker.sh`."""
    keys = (*engine.KEYS.values(), engine.ACCEPTED)
    wished = "yes" if runtimes.docker(mac) else ""
    return {"CF_DOCKER_WISHED": wished, "CF_DOCKER_STACKS": " ".join(files(mac)), "CF_DOCKER_KEYS": " ".join(keys)}


def parts(wanted: Docker, mac: Mac) -> Mapping[str, Any]:
    """Each container by the digest of what is said of it, each image by that of what it is made from."""
    made = {f"docker.image.{recipe.name}": recipe.digest for recipe in ENGINE.images(mac)}
    return made | {service.address: service.definition for service in services(mac)}


RESOURCE: Resource[Docker, DockerSeen] = Resource(
    "docker",
    "docker",
    Docker,
    read,
    differences,
    asks=asks,
    check=check,
    parts=parts,
    found=gone.found,
    # Its own are of who brought it, on an Intel Mac a person.
    places=lambda wanted, mac: (f"{FOLDER}/", f"~/{MODELS.folder}/", CACHE, *(() if mac.intel else OWN)),
    removal=removal,
    applies=runtimes.docker,
    lingers=runtimes.on_a_mac,
)
