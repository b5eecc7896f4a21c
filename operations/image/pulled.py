"""Images that were built once elsewhere and are brought in from a registry, by the digest of their manifest.

podman checks what it fetched against the digest, so the name of the registry need not be trusted. The image then gets
our tag, by which stacks and verify find it as any other.
"""

from collections.abc import Iterator

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, World, guest, shell
from carbon_fleet.spec import Mac
from operations.image.door import door
from operations.image.recipe import LABEL, REPOSITORY, Recipe
from operations.image.room import CODES, LEAST, refusal, script
from operations.image.seen import ImagesSeen


def change_of(recipe: Recipe, seen: ImagesSeen, seconds: int, world: World) -> Iterator[Finding]:
    """The pull of an image that is missing or whose tag is on another; `seconds` is its deadline."""
    attributes = _attributes(recipe, seen)
    if attributes:
        new = attributes[0].before is None
        reason = f"{recipe.name} has to be brought in" if new else f"{recipe.name} is not the image that is wished"
        action = Action.CREATE if new else Action.UPDATE
        yield from refusal(f"image.{recipe.name}", LEAST, world)
        yield Change(f"image.{recipe.name}", action, attributes, reason, (_pull(recipe, seconds, world.mac),))


def _attributes(recipe: Recipe, seen: ImagesSeen) -> tuple[Attribute, ...]:
    reference = recipe.pull or ""
    tagged = next((image for image in seen if recipe.tag in image.tags), None)
    if tagged is not None:
        is_it = tagged.has(reference)
        return () if is_it else (Attribute("pull", next(iter(tagged.digests), tagged.id), reference),)
    prefix = f"{REPOSITORY}{recipe.name}:"
    older = next((tag for image in seen for tag in image.tags if tag.startswith(prefix)), None)
    return (Attribute("pull", older, reference), Attribute("tag", older, recipe.tag))


def _pull(recipe: Recipe, seconds: int, mac: Mac) -> Command:
    way = door(mac, recipe.pull or "")
    arguments = (recipe.pull or "", recipe.tag, LABEL, *way.words)
    says = f"bring in the image {recipe.name} (may take minutes)"
    return guest(*shell(script("pull"), *arguments), deadline=seconds, says=says, codes=CODES, fed=way.fed)
