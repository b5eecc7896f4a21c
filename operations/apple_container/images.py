"""Images of ours in Apple's `container`: built by it from the same context, or brought in by digest."""

import base64
from collections.abc import Iterator

from carbon_fleet.plan import Action, Attribute, Change, Command
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.apple_container.commands import container, script
from operations.apple_container.seen import AppleSeen
from operations.image import catalogue
from operations.image.build import labels, mirrored
from operations.image.recipe import LABEL, REPOSITORY, Recipe, context_tar, recipes_on
from operations.image.wish import Image, Images


def wished(mac: Mac) -> tuple[Recipe, ...]:
    """The images its stacks use, and before each those it is made from."""
    return recipes_on(mac, runtimes.APPLE)


def changes(seen: AppleSeen, mac: Mac) -> Iterator[Change]:
    """A build or a pull of each image that is missing. A changed input is another tag."""
    images = mac.section("images", Images)
    for recipe in wished(mac):
        if recipe.tag not in seen.images:
            own = f"{REPOSITORY}{recipe.name}:"
            older = next((tag for tag in seen.images if tag.startswith(own)), None)
            action, verb = Action.UPDATE if older else Action.CREATE, "brought in" if recipe.pull else "built"
            image = images.of(recipe.name)
            command = _pull(recipe, image) if recipe.pull else _build(recipe, image, mac.mirror)
            attribute = Attribute("tag", older, recipe.tag)
            reason = f"{recipe.name} has to be {verb}"
            yield Change(f"apple_container.image.{recipe.name}", action, (attribute,), reason, (command,))


def unused(seen: AppleSeen, needed: tuple[str, ...]) -> Iterator[Change]:
    """The removal of images of ours that no stack needs; an image that others named, too, keeps their name."""
    for tag in sorted({tag for tag in seen.images if tag.startswith(REPOSITORY)} - {*needed}):
        command = container("image", "rm", tag, says=f"remove the image {tag}", deadline=300)
        name = tag.removeprefix(REPOSITORY).partition(":")[0]
        attribute = Attribute("tag", tag, None)
        yield Change(
            f"apple_container.image.{name}", Action.DELETE, (attribute,), "no stack needs it any more", (command,)
        )


def _pull(recipe: Recipe, image: Image) -> Command:
    says, seconds = f"bring in the image {recipe.name} (may take minutes)", image.pull_timeout.seconds
    return script("pull", str(recipe.pull), recipe.tag, says=says, deadline=seconds)


def _build(recipe: Recipe, image: Image, mirror: str | None) -> Command:
    context = context_tar(recipe.name)
    said = {**dict(labels(recipe)), LABEL: recipe.digest}
    words = [word for name, value in said.items() for word in ("--label", f"{name}={value}")]
    arguments = mirrored(dict(recipe.args), mirror)
    words += [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
    room = f"build the image {recipe.name}, {catalogue.definition(recipe.name).room} of room (may take minutes)"
    options = ("--tag", recipe.tag, *words)
    stdin, seconds = base64.b64encode(context).decode(), image.build_timeout.seconds
    return script("build", str(len(context)), *options, says=room, stdin=stdin, deadline=seconds)
