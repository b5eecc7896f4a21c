"""What was in Docker Desktop before, and the way back to it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from carbon_fleet.plan import Change, Finding, World
from operations._leftovers import holds_data, left, of_other_labs, taken_out, turned
from operations.docker import containers
from operations.docker.commands import ENGINE as OURS
from operations.docker.commands import start, stop
from operations.docker.engine import accepted, settings, wished
from operations.docker.seen import DockerSeen
from operations.docker.wish import Docker
from operations.stack.volumes import CONSENT

APP, ENGINE, SETTINGS = "docker.app", "docker.engine", "docker.settings"


def found(wanted: Docker, seen: DockerSeen) -> Mapping[str, Any]:
    """Whether it was there, whether it ran, and the settings that the lab file manages (None: not in the file)."""
    before = {key: (seen.settings or {}).get(key) for key in wished(wanted)}
    return {APP: bool(seen.app), ENGINE: seen.running, SETTINGS: before}


def removal(wanted: Docker, seen: DockerSeen, before: Mapping[str, Any], world: World) -> Iterator[Finding]:
    """Ours goes out of an engine that stays; one that came with us stops, and goes with all that is in it."""
    if not seen.app:
        return
    if world.mac.intel and before.get(APP) is False:
        # Nobody but a person brings it there: that a first look found none says nothing of whose it is.
        before = {}
    theirs, stays = of_other_labs("docker", world), before.get(APP) is not False
    if stays and theirs:  # nobody tells whose an image is
        seen = replace(seen.without(theirs), images=())
    ours = [name for name, stack in seen.volumes.items() if stack or not stays]
    unknown = not stays and not seen.running and accepted(seen)
    if (ours or unknown) and CONSENT not in world.consents:
        yield holds_data(OURS, ours)
    elif stays and not seen.running and left(seen):
        yield turned(ENGINE, start(), "running", "ours is in it")
    elif stays:
        yield from taken_out(OURS, seen, containers.none, world)
        if not left(seen) and not theirs:
            yield from settings(before.get(SETTINGS) or {}, seen)
            yield from _stop(seen, before)
    else:
        yield from _stop(seen, before)


def _stop(seen: DockerSeen, before: Mapping[str, Any]) -> Iterator[Change]:
    if seen.running and before.get(ENGINE) is False:
        yield turned(ENGINE, stop(), "stopped", "it did not run before")
