"""Container images made from `files/images/NAME/` inside the virtual machine by `podman build`, addressed by content.

Tag and label hold the digest of every input, so one comparison tells whether an image is current. One that was built
elsewhere is brought in by the digest of its manifest (`operations/image/pulled.py`), or from the Mac that builds for
this one (`operations/image/bring.py`). Images nobody uses any more are removed after the stacks have moved on
(`operations/image/leftovers.py`, called by the stack resource).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Finding, Resource, World
from carbon_fleet.snapshot import Section, Unreadable
from carbon_fleet.spec import Mac, Problem
from operations import runtimes
from operations._definitions import unknown
from operations.image import bring, catalogue, mounts, through
from operations.image.build import build
from operations.image.pulled import change_of
from operations.image.recipe import LABEL, REPOSITORY, Recipe, recipes
from operations.image.room import refusal
from operations.image.seen import ImageSeen, ImagesSeen
from operations.image.wish import Image, Images

MESA, PATCHES = "io.carbon-fleet.mesa.version", "io.carbon-fleet.mesa.patches"
"""Labels of the Venus layer (`files/images/venus/Containerfile`), and of what is made from it."""
__all__ = ["RESOURCE", "ImageSeen", "ImagesSeen", "check", "differences", "read"]


def read(section: Section) -> ImagesSeen:
    """Type the `image` section (`podman images --format json`, podman 4 to 6)."""
    listed, sources = section.block("images").must().json() or [], mounts.mounted(section)
    try:
        return tuple(_image(item, item.get("Labels") or {}, sources) for item in listed)
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"image: podman's list of images lacks {error}") from error


def _image(item: Mapping[str, Any], labels: Mapping[str, str], sources: frozenset[str]) -> ImageSeen:
    names, digests = tuple(item.get("Names") or ()), tuple(item.get("RepoDigests") or ())
    return ImageSeen(
        item["Id"],
        labels.get(LABEL, ""),
        names,
        item.get("Containers") or 0,
        digests,
        item.get("Size") or 0,
        mounts.is_mounted(item["Id"], (*names, *digests), sources),
        labels.get(MESA, ""),
        labels.get(PATCHES, ""),
    )


def differences(wanted: Images, seen: ImagesSeen, world: World) -> Iterator[Finding]:
    """A build, pull or bringing of each image that is missing or whose tag is on another, bases first."""
    for recipe in recipes(world.mac):
        if recipe.pull is not None:
            yield from change_of(recipe, seen, wanted.of(recipe.name).pull_timeout.seconds, world)
            continue
        attributes = _attributes(recipe, seen)
        if attributes:
            if world.mac.builder is not None:
                yield bring.change_of(recipe, attributes, world.mac, wanted.of(recipe.name))
                continue
            new = attributes[0].before is None
            action = Action.CREATE if new else Action.UPDATE
            reason = f"{recipe.name} has to be built" if new else f"{recipe.name} is not what its inputs make it"
            yield from refusal(f"image.{recipe.name}", catalogue.definition(recipe.name).room, world)
            yield Change(
                f"image.{recipe.name}",
                action,
                attributes,
                reason,
                (build(recipe, wanted.of(recipe.name), world.mac.mirror),),
            )


def _attributes(recipe: Recipe, seen: ImagesSeen) -> tuple[Attribute, ...]:
    """A label alone proves nothing: the steps of a build and images made from ours inherit it. The tag has to agree."""
    tagged = next((image for image in seen if recipe.tag in image.tags), None)
    if tagged is not None:
        same = tagged.inputs == recipe.digest
        return () if same else (Attribute("inputs", tagged.inputs, recipe.digest),)
    prefix = f"{REPOSITORY}{recipe.name}:"
    older = next((image for image in seen if any(tag.startswith(prefix) for tag in image.tags)), None)
    tag = next((tag for tag in older.tags if tag.startswith(prefix)), None) if older else None
    return (Attribute("inputs", older.inputs if older else None, recipe.digest), Attribute("tag", tag, recipe.tag))


def check(wanted: Images, mac: Mac) -> Iterator[Problem]:
    """Unknown images and build arguments, and a base said twice."""
    for name, image in wanted.root.items():
        path = ("images", name)
        if name not in catalogue.names():
            yield unknown("image", name, catalogue.names(), path)
            continue
        if image.pull is not None:
            yield from _said_besides(image, path)
            continue
        known = catalogue.arguments(name)
        for argument in [word for word in image.args if word not in known]:
            yield unknown(f"build argument of {name}", argument, known, (*path, "args", argument))
        if image.base and "BASE" in image.args:
            yield Problem((*path, "base"), "the base is said twice", "`args` has a BASE too", "leave one of them out")
        elif image.base and "BASE" not in known:
            yield Problem((*path, "base"), f"{name} has no base to choose", "", "leave it out")
    if wanted.root.keys() <= set(catalogue.names()):
        yield from bring.check(mac)
    yield from through.check(mac)


def _said_besides(image: Image, path: tuple[str, ...]) -> Iterator[Problem]:
    for key in sorted({"args", "base", "build_timeout"} & image.model_fields_set):
        yield Problem(
            (*path, key),
            f"`{key}` says nothing here",
            "the image is brought in (`pull`), not built",
            "leave one of them out",
        )


def parts(wanted: Images, mac: Mac) -> Mapping[str, Any]:
    """Each image by the digest of what it is made from."""
    return {f"image.{recipe.name}": recipe.digest for recipe in recipes(mac)}


RESOURCE: Resource[Images, ImagesSeen] = Resource(
    "image",
    "images",
    Images,
    read,
    differences,
    inside=True,
    empty=(),
    asks=mounts.asks,
    check=check,
    parts=parts,
    applies=runtimes.quadlet,
)
