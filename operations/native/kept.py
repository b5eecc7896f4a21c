"""What programs of the Mac read and write: folders for volumes, and models of this Mac's `models`."""

from collections.abc import Iterator

from carbon_fleet.plan import Action, Attribute, Change, Delivery, Finding, Notice, World
from carbon_fleet.spec import Mac
from operations import _moves as moves
from operations import runtimes
from operations.model.checks import needed
from operations.model.wish import Models
from operations.native.commands import forget_model, model, volume
from operations.native.jobs import Job
from operations.native.seen import NativeSeen
from operations.stack.volumes import CONSENT


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


def models(seen: NativeSeen, mac: Mac) -> Iterator[Change]:
    """Models that are missing, or not what was checked: brought to the Mac's cache, and kept from there."""
    done: set[str] = set()
    for name, wished in needed(mac.section("models", Models), mac, runtimes.NATIVE):
        if wished.sha256 in done or seen.models.get(wished.sha256):
            continue
        done.add(wished.sha256)
        there = wished.sha256 in seen.models
        attribute = Attribute("file", "another than was checked" if there else None, wished.sha256)
        delivery = (name, wished.sha256, wished.source(mac.mirror), int(wished.size or 0))
        action = Action.UPDATE if there else Action.CREATE
        yield Change(
            f"native.model.{name}",
            action,
            (attribute,),
            f"a stack needs the model {name}",
            (model(wished.sha256),),
            deliveries=(Delivery(*delivery, by_mac=wished.fetch == "mac"),),
        )


def leftovers(seen: NativeSeen, keep: frozenset[str]) -> Iterator[Change]:
    """The removal of each model that no stack names any more. The Mac's cache is kept."""
    for sha256 in sorted(seen.models.keys() - keep):
        attribute, reason = Attribute("sha256", sha256, None), "no stack of this Mac names it any more"
        yield Change(f"native.model.{sha256[:12]}", Action.DELETE, (attribute,), reason, (forget_model(sha256, seen),))


def wanted_models(mac: Mac) -> frozenset[str]:
    """The sha256s of the models that programs of this Mac read."""
    return frozenset(one.sha256 for _, one in needed(mac.section("models", Models), mac, runtimes.NATIVE))


def _address(name: str) -> str:
    return f"native.volume.{name.replace('/', '.')}"
