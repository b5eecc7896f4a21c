"""What of a look at the machine is none of the stacks' business while something moves a stack."""

from collections.abc import Collection
from dataclasses import replace

from operations.render.quadlet import PREFIX
from operations.stack.files import service_of
from operations.stack.quadlet import STACK_LABEL
from operations.stack.seen import StackSeen


def without(seen: StackSeen, stacks: Collection[str]) -> StackSeen:
    """The same but for what these stacks have: something else sees to that."""
    if not stacks:
        return seen
    labels = tuple(f'Label="{STACK_LABEL}={stack}"'.encode() for stack in stacks)
    mine = {path for path, file in seen.files.items() if any(label in file.content for label in labels)}
    files = {path: file for path, file in seen.files.items() if path not in mine}
    boxes = {name: box for name, box in seen.containers.items() if not box.stack or box.stack not in stacks}
    others = {service_of(path) for path in files} | {box.unit for box in boxes.values()}
    prefixes = tuple(f"{PREFIX}{stack}-" for stack in stacks)
    named = {name for name in seen.services if name.startswith(prefixes)} - others
    gone = named | {service_of(path) for path in mine}
    return replace(
        seen,
        files=files,
        containers=boxes,
        services={name: service for name, service in seen.services.items() if name not in gone},
        kept={stack: kept for stack, kept in seen.kept.items() if stack not in stacks},
        volumes={name: "" if stack in stacks else stack for name, stack in seen.volumes.items()},
    )
