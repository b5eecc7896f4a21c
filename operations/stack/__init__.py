"""Stacks: containers kept alive by Quadlet units in the virtual machine.

The wish is the unit's text, and the unit's text is what is compared: never what `podman inspect` makes of it, which
differs from version to version. A new image has a new tag, which changes the text of just its units.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Refusal, Resource, World, guest
from carbon_fleet.spec import Mac
from operations import _moves as moves
from operations import _ours as ours
from operations import runtimes
from operations.image.foreign import found, pulls
from operations.image.leftovers import images_in, leftovers
from operations.image.through import push_changes
from operations.image.wish import Images
from operations.model import leftovers as unused_models
from operations.model.wish import Models
from operations.render.quadlet import LABELS
from operations.secret.machine import handed_on, outdated, unused
from operations.stack import gpu, volumes
from operations.stack.checks import check
from operations.stack.files import file_changes, orphan_changes, reload_change, rewritten, stop, strangers
from operations.stack.held import without
from operations.stack.quadlet import FOLDER, Unit, service_name, units
from operations.stack.seen import StackSeen, read
from operations.stack.update import KEPT, images_kept, keep_changes, texts_kept, wait
from operations.stack.wish import Stacks


def differences(wanted: Stacks, seen: StackSeen, world: World) -> Iterator[Finding]:
    """Images brought in, secrets handed on, units written and removed, systemd told once, containers waited for.

    Then what works is kept, images are pushed for other Macs, to a registry that may be one of these containers, and
    what nobody uses any more is removed: copies of secrets, images, models. A stack that moves is left alone.
    """
    every, there, held = units(wanted, world.mac), images_in(world), moves.held(world)
    wished, seen = tuple(unit for unit in every if unit.stack not in held), without(seen, held)
    yield from (_name_taken(unit) for unit in wished if _stranger(unit, seen))
    yield from ours.refused("stack.files", strangers(wished, seen, world), world)
    if there is not None:
        yield from pulls(((u.container.image, u.container_name) for u in every if u.image is None), there, world)
    yield from handed_on(seen.copies, world)
    yield from volumes.missing(wanted, seen, held)
    files = [*file_changes(wished, seen), *orphan_changes(wished, seen)]
    yield from files
    made = (finding for finding in files if isinstance(finding, Change) and not world.leaves(finding.address))
    yield from reload_change(wished, seen, any(made), world.leaves)
    for unit in wished:
        image = found(unit.image or unit.container.image, there or ())
        yield from _start(unit, seen, image.id if image else None, world)
    yield from keep_changes(wished, seen)
    yield from push_changes(there or (), world.mac)
    yield from volumes.unused(wanted, seen, world)
    if not held:
        yield from unused(seen.copies, world, texts_kept(seen.kept.values()))
        yield from leftovers(world, images_kept(seen.kept.values()))
        yield from unused_models(world)


def _start(unit: Unit, seen: StackSeen, image: str | None, world: World) -> Iterator[Change]:
    service = seen.service(unit.service)
    if rewritten(unit, seen):
        # Its file's Change has stopped it.
        before = None if service.load == "not-found" else service.active
        attribute = Attribute("state", before, "active with the new unit")
        yield _run(unit, attribute, "it has to run by the new unit", (_begin(unit),))
    elif service.waiting:
        yield _run(unit, Attribute("state", service.active, "active"), "it is still starting", ())
    elif service.active != "active":
        yield _run(unit, Attribute("state", service.active, "active"), "it does not run", (_begin(unit),))
    else:
        yield from _container(unit, seen, image, world)


def _container(unit: Unit, seen: StackSeen, image: str | None, world: World) -> Iterator[Change]:
    """The service is active: is its container there, of the right image, and healthy?"""
    again = (stop(unit.service), _begin(unit))
    container = seen.containers.get(unit.container_name)
    if container is None or container.state != "running":
        state = container.state if container else None
        yield _run(unit, Attribute("container", state, "running"), "its service is active, its container is not", again)
    elif image is not None and container.image_id != image:
        yield _run(unit, Attribute("image", container.image_id, image), "its tag is on another image now", again)
    elif gpu.mounted(unit.container) and not container.driver:
        reason = "the image of its driver was removed while it ran"
        yield _run(unit, Attribute("driver", None, gpu.PLACE), reason, again)
    elif names := ", ".join(outdated(unit.container.secrets, container.secrets, world)):
        attribute = Attribute("secrets", f"{names} as it was", f"{names} as it is")
        yield _run(unit, attribute, f"its secret has changed: {names}", again)
    elif unit.container.health and container.health != "healthy":
        starting = container.health == "starting"
        reason = "its health is not known yet" if starting else "it runs, but does not do its work"
        yield _run(unit, Attribute("health", container.health or None, "healthy"), reason, () if starting else again)


def _run(unit: Unit, attribute: Attribute, reason: str, commands: tuple[Command, ...]) -> Change:
    return Change(unit.address, Action.RUN, (attribute,), reason, (*commands, wait(unit)))


def _begin(unit: Unit) -> Command:
    return guest("systemctl", "start", "--no-block", unit.service, says=f"start {unit.container_name}")


def _stranger(unit: Unit, seen: StackSeen) -> bool:
    container = seen.containers.get(unit.container_name)
    return container is not None and not container.stack


def _name_taken(unit: Unit) -> Refusal:
    return Refusal(
        unit.address,
        "CONTAINER_NAME_TAKEN",
        f"a container named `{unit.container_name}` is there that no stack made",
        "starting ours would remove it",
        f"rename it, in the machine as root: podman rename {unit.container_name} {unit.container_name}-before",
    )


def asks(wanted: Stacks, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/stack.sh`."""
    services = [service_name(stack.name, name) for stack in wanted.all() for name in stack.members()]
    secrets = {"CF_STACK_SECRETS": " ".join(wanted.secrets()), "CF_STACK_LABELS": LABELS}
    kept = {"CF_STACK_KEPT": KEPT, "CF_STACK_STORE": volumes.STORE, "CF_STACK_VOLUMES": " ".join(volumes.named(wanted))}
    places = {"CF_STACK_FOLDER": FOLDER, "CF_STACK_UNITS": " ".join(services), "CF_STACK_DRIVER": gpu.PLACE}
    return {**places, **secrets, **kept}


def parts(wanted: Stacks, mac: Mac) -> Mapping[str, Any]:
    """Each container by its unit's text, which changes with its image, too."""
    return {unit.address: unit.text for unit in units(wanted, mac)}


def removal(wanted: Stacks, seen: StackSeen, before: Mapping[str, Any], world: World) -> Iterator[Finding]:
    """In a machine that stays: as if the lab file had no stacks, so that ours go; volumes with consent only."""
    ours = [name for name, stack in sorted(seen.volumes.items()) if stack]
    if ours and volumes.CONSENT not in world.consents:
        yield _holds_data(ours)
        return
    bare = {**world.mac.sections, "stacks": Stacks(), "images": Images(), "models": Models()}
    yield from differences(Stacks(), seen, replace(world, mac=replace(world.mac, sections=bare)))


def _holds_data(names: list[str]) -> Refusal:
    return Refusal(
        "stack.volume",
        "CONSENT_MISSING",
        f"the stacks go with their volumes: {', '.join(names)}",
        "they would be destroyed",
        "export what you need (carbon-fleet volume export), then run it again with --delete-volumes",
    )


def _of_the_machine(wanted: Stacks, mac: Mac) -> Stacks:
    """Those that Quadlet runs."""
    every = all(runtimes.of_stack(stack, mac) in runtimes.QUADLET for stack in wanted.all())
    return wanted if every else runtimes.stacks_on(mac, *runtimes.QUADLET)


RESOURCE: Resource[Stacks, StackSeen] = Resource(
    "stack",
    "stacks",
    Stacks,
    read,
    differences,
    inside=True,
    empty=StackSeen(),
    asks=asks,
    check=check,
    parts=parts,
    removal=removal,
    moved_by={f"stack.*.{attribute}": ("guest.os",) for attribute in ("state", "container", "health")},
    applies=runtimes.quadlet,
    fit=_of_the_machine,
    under=Stacks.under,
)
