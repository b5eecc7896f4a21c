"""Images that another Mac of the lab builds (`build_on`) and that are brought from its machine to this one's.

They have the same address, digest and tag as if they were built here; only how they come differs. That is the engine's
work: no command on this Mac alone can do it.
"""

from collections.abc import Iterator

from carbon_fleet.plan import Action, Attribute, Bring, Change
from carbon_fleet.spec import Mac, Problem
from operations.image.recipe import Recipe, recipes
from operations.image.wish import Image


def change_of(recipe: Recipe, attributes: tuple[Attribute, ...], mac: Mac, image: Image) -> Change:
    """The Change that brings the image of `recipe`, of which `attributes` are not as wished, from the Mac's builder."""
    new, builder = attributes[0].before is None, mac.builder.name if mac.builder else ""
    bring = Bring(recipe.tag, recipe.digest, builder, image.pull_timeout.seconds)
    reason = f"{recipe.name} has to be brought from {bring.builder}, which builds it"
    reason += f", through {mac.registry.at}" if mac.registry else ""
    action = Action.CREATE if new else Action.UPDATE
    return Change(f"image.{recipe.name}", action, attributes, reason, (), bring=bring)


def check(mac: Mac) -> Iterator[Problem]:
    """Images this Mac needs and its builder does not build, or builds from other inputs."""
    builder = mac.builder
    if builder is None:
        return
    made = {recipe.name: recipe for recipe in recipes(builder) if recipe.pull is None}
    for recipe in recipes(mac):
        if recipe.pull is not None:
            continue
        if recipe.name not in made:
            why = f"this Mac needs it and has its images built on `{builder.name}`"
            write = f"write `images: {{{recipe.name}: {{}}}}` at `{builder.name}`"
            yield Problem(("build_on",), f"`{builder.name}` does not build the image `{recipe.name}`", why, write)
        elif made[recipe.name].digest != recipe.digest:
            what = f"`{builder.name}` builds another image `{recipe.name}` than this Mac needs"
            why = "their `images` or their `accept_software_gpu` differ in what goes into it"
            yield Problem(("build_on",), what, why, "write what they share in `defaults`, or `build_on: null` here")
