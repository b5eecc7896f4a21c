"""Images of ours that nobody needs any more.

Only after the stacks have moved to their new images are the old ones unused; so the stack resource, the last to touch
containers, looks for them. Otherwise they would turn up in the second run, which has to be empty.
"""

from collections.abc import Iterator

from carbon_fleet.plan import Action, Attribute, Change, World, guest
from carbon_fleet.snapshot import Unreadable
from operations.image import RESOURCE
from operations.image.recipe import REPOSITORY, recipes
from operations.image.seen import ImageSeen, ImagesSeen


def images_in(world: World) -> ImagesSeen:
    """The images of this look at the Mac; none where they cannot be read, which the image resource itself reports."""
    try:
        return RESOURCE.observe(world.snapshot)
    except Unreadable:
        return ()


def leftovers(world: World) -> Iterator[Change]:
    """The removal of each tag of ours that no wish needs and from which no container, running or not, was made."""
    needed = {recipe.tag for recipe in recipes(world.mac)}
    for image in images_in(world):
        for tag in image.tags:
            if tag.startswith(REPOSITORY) and tag not in needed and not image.containers:
                yield _removal(image, tag)


def _removal(image: ImageSeen, tag: str) -> Change:
    attributes = (Attribute("inputs", image.inputs, None), Attribute("tag", tag, None))
    # One that was brought in goes by its digest, too: with that name left it would stay on the disk for ever.
    last = not any(name.startswith(REPOSITORY) and name != tag for name in image.tags)
    pulled = [name for name in image.tags if "@sha256:" in name] if last else []
    command = guest("podman", "image", "rm", tag, *pulled, deadline=120, says=f"remove the unused image {tag}")
    reason = "it was made from other inputs and no container uses it"
    return Change(f"image.{tag.removeprefix(REPOSITORY)}", Action.DELETE, attributes, reason, (command,))
