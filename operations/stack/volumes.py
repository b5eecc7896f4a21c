"""Named volumes: made before the containers that use them, marked as a stack's, and never removed without consent."""

import re
from collections.abc import Collection, Iterator

from carbon_fleet import assets
from carbon_fleet.plan import Action, Attribute, Change, Finding, Notice, World, guest, shell
from operations import _moves as moves
from operations.stack.quadlet import STACK_LABEL
from operations.stack.seen import StackSeen
from operations.stack.wish import Stacks

STORE = "/var/lib/containers/storage/volumes"
"""Where root's podman in the machine has its volumes."""
CONSENT = "delete-volumes"
"""What a run needs to remove volumes."""
_NAMED = re.compile(r"^Volume=([^/:\n][^:\n]*):", re.M)


def named(wanted: Stacks) -> dict[str, str]:
    """Every named volume the stacks use, with the first stack that does."""
    found: dict[str, str] = {}
    for stack in wanted.all():
        for container in stack.members().values():
            for volume in container.volumes:
                if not volume.startswith(("/", "~/")):
                    found.setdefault(volume.partition(":")[0], stack.name)
    return found


def missing(wanted: Stacks, seen: StackSeen, held: Collection[str] = ()) -> Iterator[Change]:
    """Volumes that are to be made, but those of `held` stacks; one that is there is used, whoever made it."""
    for volume, stack in named(wanted).items():
        if volume not in seen.volumes and stack not in held:
            label = f"{STACK_LABEL}={stack}"
            command = guest("podman", "volume", "create", "--ignore", "--label", label, volume)
            reason = f"the stack {stack} keeps data in it"
            attribute = Attribute("volume", None, volume)
            yield Change(f"stack.volume.{volume}", Action.CREATE, (attribute,), reason, (command,))


def unused(wanted: Stacks, seen: StackSeen, world: World) -> Iterator[Finding]:
    """Volumes made for stacks that no stack has any more: named; removed only where the run may."""
    texts = [text for kept in seen.kept.values() for units in (kept.good, kept.previous) for text in units.values()]
    used = {*named(wanted), *(name for text in texts for name in _NAMED.findall(text))}
    used |= moves.kept(world, "podman")
    for volume, stack in sorted(seen.volumes.items()):
        if stack and volume not in used:
            yield _removal(volume, stack) if CONSENT in world.consents else _left(volume, stack, world)


def _removal(volume: str, stack: str) -> Change:
    remove = guest("podman", "volume", "rm", volume, deadline=300, says=f"remove the volume {volume}")
    trim = guest(*shell(assets.text("image/trim.sh")), deadline=300, says="give its space back to the Mac")
    stake = (f"volume {volume} of the stack {stack}, and all data in it",)
    reason = "no stack uses it any more, and this run may remove it"
    attribute = Attribute("volume", volume, None)
    return Change(f"stack.volume.{volume}", Action.DELETE, (attribute,), reason, (remove, trim), stake)


def _left(volume: str, stack: str, world: World) -> Notice:
    return Notice(
        f"stack.volume.{volume}",
        "VOLUME_UNUSED",
        f"the volume {volume} of the stack {stack} is used by no stack any more",
        "data is never removed along with a stack",
        f"keep it, or export it (carbon-fleet volume export) and remove it: apply --delete-volumes {world.mac.name}",
    )
