"""Images on their way to a registry: what is built for which platform, what is pushed, what a lab file then says."""

import re
from collections.abc import Iterable, Iterator, Sequence

from carbon_fleet.plan import Command, guest, shell
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.spec import Mac
from operations.image import catalogue
from operations.image.build import build, build_for, tag_for
from operations.image.door import door
from operations.image.recipe import Recipe, recipes
from operations.image.room import script
from operations.image.wish import Images
from operations.stack.wish import Stacks

PUSH_SECONDS = 3600
PLATFORM = re.compile(r"linux/[a-z0-9]+(/[a-z0-9]+)?")
TARGET = re.compile(r"[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)+")
_PIN = re.compile(r"[a-z0-9.-]+(?::[0-9]+)?/[a-z0-9._/-]+:[A-Za-z0-9._-]+@sha256:[0-9a-f]{64}")


def built_here(mac: Mac) -> tuple[Recipe, ...]:
    """The images of a Mac's wish that are built and not pulled."""
    return tuple(recipe for recipe in recipes(mac) if recipe.pull is None)


def builds(mac: Mac, platforms: Sequence[str]) -> Iterator[tuple[str, Command]]:
    """The builds of all a Mac's images, with their addresses, bases first; without `platforms` for the Mac's own."""
    wished, made = mac.section("images", Images), built_here(mac)
    for recipe in made:
        image = wished.of(recipe.name)
        if not platforms:
            yield f"image.{recipe.name}", build(recipe, image, mac.mirror)
        for platform in platforms:
            yield f"image.{recipe.name}", build_for(platform, recipe, image, made)


def push(recipe: Recipe, target: str, platforms: Sequence[str], mac: Mac) -> Command:
    """The push of one image, with all its platforms, below `target` (registry/prefix)."""
    images = [tag_for(platform, recipe) for platform in platforms] or [recipe.tag]
    whole = f"{target}/{recipe.name}:{recipe.digest[:16]}"
    way = door(mac, whole)
    argv = shell(script("push"), whole, *way.words, *images)
    return guest(*argv, deadline=PUSH_SECONDS, says=f"push {recipe.name} to {target}", fed=way.fed)


def digest_in(lines: Iterable[str]) -> str:
    """The digest of the manifest that `push` told. Raises `Unreadable`."""
    for line in lines:
        if re.fullmatch("digest sha256:[0-9a-f]{64}", line):
            return line.partition(" ")[2]
    raise Unreadable("podman did not say the digest of what it pushed")


def pins(mac: Mac) -> dict[str, set[str]]:
    """The images from elsewhere that a Mac's wish names by tag and digest → what of it is made from or runs them."""
    found: dict[str, set[str]] = {}
    for recipe in built_here(mac):
        args = dict(recipe.args)
        texts = [*args.values(), *([] if "BASE" in args else [_containerfile(recipe.name)])]
        for pin in (pin for text in texts for pin in _PIN.findall(text)):
            found.setdefault(pin, set()).add(recipe.name)
    for stack in mac.section("stacks", Stacks).all():
        for name, container in stack.members().items():
            if _PIN.fullmatch(container.image):
                found.setdefault(container.image, set()).add(f"{stack.name}/{name}")
    return found


def _containerfile(name: str) -> str:
    return next(entry.content.decode() for entry in catalogue.context(name) if entry.path == "Containerfile")
