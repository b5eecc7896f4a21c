"""Images of ours that nobody needs any more.

Only after the stacks have moved to their new images are the old ones unused; so the stack resource, the last to touch
containers, looks for them. Otherwise they would turn up in the second run, which has to be empty.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace

from carbon_fleet import assets
from carbon_fleet.plan import Action, Attribute, Change, World, guest, shell
from carbon_fleet.snapshot import Unreadable
from operations.image import RESOURCE
from operations.image.recipe import REPOSITORY, recipes
from operations.image.seen import ImageSeen, ImagesSeen
from operations.image.wish import Images

MUCH = 1 << 30
"""Bytes removed at once from which on the machine's disk is told that they are free."""


def images_in(world: World) -> ImagesSeen | None:
    """The images of this look at the Mac; None where they cannot be read, which the image resource itself reports."""
    try:
        return RESOURCE.observe(world.snapshot)
    except Unreadable:
        return None


def leftovers(world: World, kept: Collection[str] = ()) -> Iterator[Change]:
    """The removal of each tag of ours that no wish, no container and no `kept` unit needs, but for those `keep` spares.

    What a container mounts it needs: podman would not say so (`operations/image/mounts`).

    The images come newest first: so the newest are spared.
    """
    needed = {*kept, *(recipe.tag for recipe in recipes(world.mac))}
    wished, spared = world.mac.section("images", Images), dict[str, int]()
    removals, size = list[Change](), 0
    for image in images_in(world) or ():
        for tag in image.tags:
            if not tag.startswith(REPOSITORY) or tag in needed or image.containers or image.mounted:
                continue
            name = tag.removeprefix(REPOSITORY).partition(":")[0]
            spared[name] = spared.get(name, 0) + 1
            if spared[name] > wished.of(name).keep:
                removals.append(_removal(image, tag))
                size += image.size
    yield from removals[:-1]
    if removals:
        trim = guest(*shell(assets.text("image/trim.sh")), deadline=300, says="give their space back to the Mac")
        last = removals[-1]
        yield replace(last, commands=(*last.commands, trim)) if size >= MUCH else last


def _removal(image: ImageSeen, tag: str) -> Change:
    attributes = (Attribute("inputs", image.inputs, None), Attribute("tag", tag, None))
    # One that was brought in goes by its digest, too: with that name left it would stay on the disk for ever.
    last = not any(name.startswith(REPOSITORY) and name != tag for name in image.tags)
    pulled = [name for name in image.tags if "@sha256:" in name] if last else []
    command = guest("podman", "image", "rm", tag, *pulled, deadline=120, says=f"remove the unused image {tag}")
    reason = "it was made from other inputs and no container uses it"
    return Change(f"image.{tag.removeprefix(REPOSITORY)}", Action.DELETE, attributes, reason, (command,))
