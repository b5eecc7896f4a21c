"""What programs of the Mac read and write: folders for volumes, and models of this Mac's `models`."""

from collections.abc import Iterator

from carbon_fleet.plan import Action, Attribute, Change, Finding, Notice, World
from operations import _moves as moves
from operations import runtimes
from operations.model.on_mac import Store
from operations.native.commands import volume
from operations.native.jobs import Job
from operations.native.seen import NativeSeen
from operations.native.workload import MODELS
from operations.stack.volumes import CONSENT

STORE = Store("native", runtimes.NATIVE, MODELS)


def missing(wished: tuple[Job, ...], seen: NativeSeen) -> Iterator[Change]:
    """Folders that are to be made; one that is there is used."""
    for name in dict.fromkeys(name for job in wished for name in job.volumes):
        if name not in seen.volumes:
            reason = f"the stack {name.partition('/')[0]} keeps data in it"
            yield Change(
                _address(name), Action.CREATE, (Attribute("volume", None, name),), reason, (volume("make", name),)
            )


def unused(wished: tuple[Job, ...], seen: NativeSeen, world: World) -> Iterator[Finding]:
    """Volumes that no program has any more: named; removed only where the run may."""
    used = {name for job in wished for name in job.volumes} | _of_moves(world)
    for name in sorted(seen.volumes - used):
        if CONSENT in world.consents:
            reason = "no stack uses it any more, and this run may remove it"
            stake = (f"the folder of the volume {name}, and all data in it",)
            attribute = Attribute("volume", name, None)
            yield Change(_address(name), Action.DELETE, (attribute,), reason, (volume("remove", name),), stake)
        else:
            remedy = f"keep it, or copy what you need and remove it: apply --delete-volumes {world.mac.name}"
            what, why = f"the volume {name} is used by no stack any more", "data is never removed along with a stack"
            yield Notice(_address(name), "VOLUME_UNUSED", what, why, remedy)


def _of_moves(world: World) -> set[str]:
    """Those that finished moves keep: `moving` tells of them, and removes them."""
    kept = (one for one in moves.seen(world).kept if moves.family(one.source) == runtimes.NATIVE)
    return {f"{one.stack}/{name}" for one in kept for name in one.volumes}


def _address(name: str) -> str:
    return f"native.volume.{name.replace('/', '.')}"
