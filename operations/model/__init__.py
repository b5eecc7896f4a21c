"""Models: files of weights, fetched once a site, checked, kept in the virtual machine by content.

Those are there that a Mac's stacks name. The way of the bytes is a Delivery (`carbon_fleet/store`) to the Mac's cache
and a command from there into the machine. A model of another content has another path, so that nothing is ever
replaced: the old one is removed once no unit names it any more (`leftovers`, called by the stack resource, the last to
write units).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Delivery, Resource, World, guest
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.model.checks import check, needed
from operations.model.commands import CACHE, LINUX_CACHE, put, remove
from operations.model.commands import check as check_command
from operations.model.seen import ModelSeen, ModelsSeen, read
from operations.model.wish import FOLDER, Model, Models

__all__ = ["RESOURCE", "ModelSeen", "ModelsSeen", "differences", "leftovers", "read"]
MODE = "0444"
"""Nobody has to write a model, and every container's user may read it."""
UNITS = "/etc/containers/systemd /var/lib/carbon-fleet/stacks"
"""Where units lie that may name a model: those that are in force, and those kept for going back."""


def differences(wanted: Models, seen: ModelsSeen, world: World) -> Iterator[Change]:
    """Models of the Mac's stacks that are missing, or not what was checked."""
    done: set[str] = set()
    for name, model in needed(wanted, world.mac):
        if model.sha256 not in done:
            done.add(model.sha256)
            yield from _model(name, model, seen, world.mac.mirror)


def _model(name: str, model: Model, store: ModelsSeen, mirror: str | None) -> Iterator[Change]:
    address, seen = f"model.{name}", store.files.get(model.sha256)
    if seen is None:
        reason = f"a stack needs the model {name}"
        attribute = Attribute("sha256", None, model.sha256)
        delivery = Delivery(name, model.sha256, model.source(mirror), int(model.size or 0), by_mac=model.fetch == "mac")
        copy = put(model.sha256, "lab", store.parts.get(model.sha256, 0))
        yield Change(address, Action.CREATE, (attribute,), reason, (copy,), deliveries=(delivery,))
    elif not seen.right:
        attribute = Attribute("file", seen.state, seen.checked or "one whose sha256 was checked")
        reason = "it is not the file that was checked: it is read again, and brought again if it is another"
        yield Change(address, Action.UPDATE, (attribute,), reason, (check_command(model.sha256, "lab"),))
    elif seen.mode != MODE:
        attribute = Attribute("mode", seen.mode, MODE)
        command = guest("chmod", MODE, model.place, says=f"set the mode of {model.place}")
        yield Change(address, Action.UPDATE, (attribute,), "containers only have to read it", (command,))


def leftovers(world: World) -> Iterator[Change]:
    """The removal of each model that the lab file brought and that nothing names any more. The Mac's cache is kept."""
    wanted = {model.sha256 for _, model in needed(RESOURCE.wish(world.mac), world.mac)}
    seen = _seen(world)
    for sha256, file in sorted(seen.files.items()):
        if file.keeper == "lab" and sha256 not in wanted and sha256 not in seen.named:
            reason = "no stack of this Mac names it any more"
            attribute = Attribute("sha256", sha256, None)
            yield Change(f"model.{sha256[:12]}", Action.DELETE, (attribute,), reason, (remove(sha256),))
    for sha256, size in sorted(seen.parts.items()):
        if sha256 not in wanted and sha256 not in seen.files:
            attribute = Attribute("bytes", size, None)
            reason = "its copy was cut off, and no stack of this Mac names it any more"
            yield Change(f"model.{sha256[:12]}", Action.DELETE, (attribute,), reason, (remove(sha256),))


def _seen(world: World) -> ModelsSeen:
    """The store of this look; empty where it cannot be read, which the model resource itself reports."""
    try:
        return RESOURCE.observe(world.snapshot)
    except Unreadable:
        return ModelsSeen()


def asks(wanted: Models, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/model.sh`."""
    return {"CF_MODEL_FOLDER": FOLDER, "CF_MODEL_UNITS": UNITS}


def parts(wanted: Models, mac: Mac) -> Mapping[str, Any]:
    """Each model the stacks name by its content."""
    return {f"model.{name}": model.sha256 for name, model in needed(wanted, mac)}


RESOURCE: Resource[Models, ModelsSeen] = Resource(
    "model",
    "models",
    Models,
    read,
    differences,
    inside=True,
    empty=ModelsSeen(),
    asks=asks,
    check=check,
    parts=parts,
    places=lambda wanted, mac: (f"~/{LINUX_CACHE if mac.linux else CACHE}/",),
    applies=runtimes.quadlet,
)
