"""What was in Apple's `container` before, and the way back to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Finding, Refusal, World
from operations.apple_container import containers
from operations.apple_container.commands import ENGINE as OURS
from operations.apple_container.seen import AppleSeen
from operations.apple_container.system import SYSTEM, start, stop
from operations.apple_container.wish import AppleContainer
from operations.stack.volumes import CONSENT

CLI = "apple_container.cli"


def found(wanted: AppleContainer, seen: AppleSeen) -> Mapping[str, Any]:
    """Whether it was there, and whether its services ran."""
    return {CLI: bool(seen.cli), SYSTEM: seen.running}


def removal(wanted: AppleContainer, seen: AppleSeen, before: Mapping[str, Any], world: World) -> Iterator[Finding]:
    """Ours goes out; then its services stop, where they did not run. What came with us goes with all that is in it."""
    if not seen.cli:
        yield from containers.orphans((), seen)
        return
    ours = sorted(name for name, stack in seen.volumes.items() if stack or before.get(CLI) is False)
    if ours and CONSENT not in world.consents:
        yield _holds_data(ours)
    elif not seen.running and _left(seen):
        reason = "ours may be in it"
        yield Change(SYSTEM, Action.RUN, (Attribute("state", "stopped", "running"),), reason, (start(wanted),))
    else:
        yield from containers.orphans((), seen)
        yield from OURS.left_volumes(seen.volumes, (), world)
        yield from OURS.unused_images(seen.images, ())
        if seen.running and before.get(SYSTEM) is False and not _left(seen):
            attribute = Attribute("state", "running", "stopped")
            yield Change(SYSTEM, Action.RUN, (attribute,), "it did not run before", (stop(),))


def _left(seen: AppleSeen) -> bool:
    """Whether something of ours is, or may be, in it."""
    kept = (*seen.files.values(), *seen.plists.values())
    inside = any(seen.volumes.values()) or any(one.stack for one in seen.containers.values())
    return bool(seen.images or seen.jobs) or inside or any(file.kind != "absent" for file in kept)


def _holds_data(names: list[str]) -> Refusal:
    what = f"the stacks go with their volumes: {', '.join(names)}"
    remedy = "copy what you need, then run it again with --delete-volumes"
    return Refusal("apple_container.volume", "CONSENT_MISSING", what, "they would be destroyed", remedy)
