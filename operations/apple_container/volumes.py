"""Named volumes in Apple's `container`: made for a stack, marked as its, never removed without consent."""

from collections.abc import Collection, Iterable, Iterator

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Notice, World
from carbon_fleet.spec import Mac
from operations import _moves as moves
from operations import runtimes
from operations.apple_container.commands import container, script
from operations.apple_container.seen import AppleSeen
from operations.render.workload import STACK_LABEL
from operations.stack.volumes import CONSENT, named


def missing(seen: AppleSeen, mac: Mac, held: Collection[str] = ()) -> Iterator[Change]:
    """Volumes that are to be made, but those of `held` stacks; one that is there is used, whoever made it."""
    for volume, stack in named(runtimes.stacks_on(mac, runtimes.APPLE)).items():
        if volume not in seen.volumes and stack not in held:
            command = container("volume", "create", "--label", f"{STACK_LABEL}={stack}", volume)
            attribute, reason = Attribute("volume", None, volume), f"the stack {stack} keeps data in it"
            yield Change(f"apple_container.volume.{volume}", Action.CREATE, (attribute,), reason, (command,))


def made(volume: str, stack: str) -> Command:
    """Makes one where it is missing: the tool refuses to make one that is there."""
    return script("volume", volume, f"{STACK_LABEL}={stack}", says=f"make the volume {volume}", deadline=120)


def unused(seen: AppleSeen, world: World) -> Iterator[Finding]:
    """Volumes made for stacks that no stack here has any more: named; removed only where the run may."""
    used = named(runtimes.stacks_on(world.mac, runtimes.APPLE))
    yield from left(seen, {*used, *moves.kept(world, "apple")}, world)


def left(seen: AppleSeen, used: Iterable[str], world: World) -> Iterator[Finding]:
    """Those made for stacks that are not `used`."""
    for volume, stack in sorted(seen.volumes.items()):
        if stack and volume not in used:
            yield _removal(volume, stack) if CONSENT in world.consents else _kept(volume, stack, world)


def _removal(volume: str, stack: str) -> Change:
    stake = (f"volume {volume} of the stack {stack}, and all data in it",)
    command = container("volume", "rm", volume, says=f"remove the volume {volume}", deadline=300)
    reason, attribute = "no stack uses it any more, and this run may remove it", Attribute("volume", volume, None)
    return Change(f"apple_container.volume.{volume}", Action.DELETE, (attribute,), reason, (command,), stake)


def _kept(volume: str, stack: str, world: World) -> Notice:
    return Notice(
        f"apple_container.volume.{volume}",
        "VOLUME_UNUSED",
        f"the volume {volume} of the stack {stack} is used by no stack any more",
        "data is never removed along with a stack",
        f"keep it, or copy what you need and remove it: apply --delete-volumes {world.mac.name}",
    )
