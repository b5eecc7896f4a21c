"""The images a Mac has from registries: the bases of those built here, those that are pulled, and those stacks run."""

from collections.abc import Iterator

from carbon_fleet.spec import Mac
from carbon_fleet.spec.references import Reference, reference
from operations.image.recipe import recipes


def references(mac: Mac) -> tuple[Reference, ...]:
    """Each of them once, sorted; not what comes through the lab's own registry."""
    return tuple(sorted({found for found in map(reference, _named(mac)) if _foreign(found, mac)}))


def registries(mac: Mac) -> tuple[str, ...]:
    """The registries they are in, sorted."""
    return tuple(sorted({found.registry for found in references(mac)}))


def _foreign(found: Reference, mac: Mac) -> bool:
    own = (mac.registry.host,) if mac.registry else ()
    return found.registry not in ("localhost", *own)


def _named(mac: Mac) -> Iterator[str]:
    from operations.stack.wish import Stacks  # stacks stand on images: at import time only in that direction

    for recipe in recipes(mac):
        base = dict(recipe.args).get("BASE")
        if recipe.pull is not None:
            yield recipe.pull
        elif base and mac.builder is None:
            yield base
    for container in mac.section("stacks", Stacks).containers():
        if "/" in container.image:
            yield container.image
