"""What was in Apple's `container` before, and the way back to it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from carbon_fleet.plan import Finding, World
from operations._leftovers import holds_data, left, of_other_labs, taken_out, turned
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
    came = before.get(CLI) is False
    theirs = {} if came else of_other_labs("apple_container", world)
    if theirs:  # nobody tells whose an image is
        seen = replace(seen.without(theirs), images=())
    ours = [name for name, stack in seen.volumes.items() if stack or came]
    # It has a kernel since it ran for the first time: only then is there anything in it.
    unknown = came and not seen.running and seen.kernel
    if (ours or unknown) and CONSENT not in world.consents:
        yield holds_data(OURS, ours)
    elif not seen.running and _left(seen):
        yield turned(SYSTEM, start(wanted), "running", "ours may be in it")
    else:
        yield from taken_out(OURS, seen, containers.none, world)
        if seen.running and before.get(SYSTEM) is False and not _left(seen) and not theirs:
            yield turned(SYSTEM, stop(), "stopped", "it did not run before")


def _left(seen: AppleSeen) -> bool:
    return left(seen, *seen.jobs, *(file for file in seen.plists.values() if file.kind != "absent"))
