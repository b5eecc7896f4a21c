"""What was in Docker Desktop before, and the way back to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Finding, Refusal, World
from operations.docker import containers
from operations.docker.commands import ENGINE as OURS
from operations.docker.commands import start, stop
from operations.docker.engine import settings, wished
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
    ours = sorted(name for name, stack in seen.volumes.items() if stack or before.get(APP) is False)
    stays = before.get(APP) is not False
    if ours and CONSENT not in world.consents:
        yield _holds_data(ours)
    elif stays and not seen.running and _left(seen):
        yield Change(ENGINE, Action.RUN, (Attribute("state", "stopped", "running"),), "ours is in it", (start(),))
    elif stays:
        yield from containers.orphans((), seen)
        yield from OURS.left_volumes(seen.volumes, (), world)
        yield from OURS.unused_images(seen.images, ())
        if not _left(seen):
            yield from settings(before.get(SETTINGS) or {}, seen)
            yield from _stop(seen, before)
    else:
        yield from _stop(seen, before)


def _left(seen: DockerSeen) -> bool:
    """Whether something of ours is, or may be, in it."""
    return bool(seen.images or any(seen.volumes.values()) or any(one.stack for one in seen.containers.values())) or any(
        file.kind != "absent" for file in seen.files.values()
    )


def _stop(seen: DockerSeen, before: Mapping[str, Any]) -> Iterator[Change]:
    if seen.running and before.get(ENGINE) is False:
        attribute = Attribute("state", "running", "stopped")
        yield Change(ENGINE, Action.RUN, (attribute,), "it did not run before", (stop(),))


def _holds_data(names: list[str]) -> Refusal:
    what = f"the stacks go with their volumes: {', '.join(names)}"
    remedy = "copy what you need, then run it again with --delete-volumes"
    return Refusal("docker.volume", "CONSENT_MISSING", what, "they would be destroyed", remedy)
