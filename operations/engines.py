"""Images of ours, and named volumes, in an engine of a Mac that is not podman's: Docker Desktop's, Apple's `container`.

What each is asked in is its own package's; what is to be there, made and removed is the same.
"""

import base64
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from carbon_fleet.plan import Action, Attribute, Bring, Change, Command, Finding, Notice, World
from carbon_fleet.spec import Mac
from carbon_fleet.spec.runtime import RuntimeName
from operations import _moves as moves
from operations import runtimes
from operations.image import catalogue
from operations.image.build import labels, mirrored
from operations.image.recipe import LABEL, REPOSITORY, Recipe, context_tar, recipes_on
from operations.image.recipe import named as images_named
from operations.image.wish import Image, Images
from operations.render.workload import STACK_LABEL
from operations.stack.volumes import CONSENT, named


@dataclass(frozen=True)
class Engine:
    """An engine: `name` begins its addresses, `run` is its own command, `script` one of its scripts.

    Its scripts `build` (the context's length and the options; the context on standard input) and `pull` (a reference
    and a tag) are called here. `options` are those of each build. `folder` has the stacks' files on the Mac, `start` is
    how a person starts it. One that `carries` takes images from the engine of its kind on the Mac that builds for this.
    """

    name: str
    runtime: RuntimeName
    run: Callable[..., Command]
    script: Callable[..., Command]
    folder: str
    start: str
    options: tuple[str, ...] = ()
    carries: bool = False

    def images(self, mac: Mac) -> tuple[Recipe, ...]:
        """The images its stacks use, and before each those it is made from; but of one that is brought just itself."""
        every = recipes_on(mac, self.runtime)
        if not all(self._comes(recipe, mac) for recipe in every if recipe.pull is None):
            return every
        return tuple(recipe for recipe in every if recipe.name in images_named(mac, self.runtime))

    def _comes(self, recipe: Recipe, mac: Mac) -> bool:
        """Whether the Mac that builds for this one has it in an engine of the same kind, for the same platform."""
        builder = mac.builder
        if not self.carries or builder is None or builder.platform != mac.platform:
            return False
        return any(one.digest == recipe.digest and not one.pull for one in recipes_on(builder, self.runtime))

    def missing_images(self, there: Collection[str], mac: Mac) -> Iterator[Change]:
        """A build or a pull of each image whose tag is not `there`. A changed input is another tag."""
        images = mac.section("images", Images)
        for recipe in self.images(mac):
            if recipe.tag not in there:
                older = next((tag for tag in there if tag.startswith(f"{REPOSITORY}{recipe.name}:")), None)
                action, verb = Action.UPDATE if older else Action.CREATE, "brought in" if recipe.pull else "built"
                image = images.of(recipe.name)
                if recipe.pull is None and self._comes(recipe, mac):
                    yield self._brought(recipe, action, older, mac, image)
                    continue
                command = self._pull(recipe, image) if recipe.pull else self._build(recipe, image, mac.mirror)
                attribute, reason = Attribute("tag", older, recipe.tag), f"{recipe.name} has to be {verb}"
                yield Change(f"{self.name}.image.{recipe.name}", action, (attribute,), reason, (command,))

    def _brought(self, recipe: Recipe, action: Action, older: str | None, mac: Mac, image: Image) -> Change:
        builder = mac.builder.name if mac.builder else ""
        bring = Bring(recipe.tag, recipe.digest, builder, image.pull_timeout.seconds, self.name)
        reason = f"{recipe.name} has to be brought from {builder}, which builds it"
        attribute = Attribute("tag", older, recipe.tag)
        return Change(f"{self.name}.image.{recipe.name}", action, (attribute,), reason, (), bring=bring)

    def unused_images(self, there: Iterable[str], needed: Collection[str]) -> Iterator[Change]:
        """The removal of images of ours that no stack needs; one that others named, too, keeps their name."""
        for tag in sorted({tag for tag in there if tag.startswith(REPOSITORY)} - {*needed}):
            command = self.run("image", "rm", tag, says=f"remove the image {tag}", deadline=300)
            address = f"{self.name}.image.{tag.removeprefix(REPOSITORY).partition(':')[0]}"
            gone = Attribute("tag", tag, None)
            yield Change(address, Action.DELETE, (gone,), "no stack needs it any more", (command,))

    def kept_images(self, used: Mapping[str, str], needed: Collection[str]) -> Iterator[Notice]:
        """Images of ours (by tag a container) that no stack needs and containers of others were made from."""
        for tag, container in sorted(used.items()):
            if tag.startswith(REPOSITORY) and tag not in needed:
                yield Notice(
                    f"{self.name}.image.{tag.removeprefix(REPOSITORY).partition(':')[0]}",
                    "IMAGE_USED_BY_OTHERS",
                    f"no stack needs the image {tag} any more, and the container {container} was made from it",
                    "that is no container of ours, and an image is never taken away by force",
                    f"keep it; or remove the container `{container}`: then the next run removes the image, too",
                )

    def missing_volumes(self, there: Collection[str], mac: Mac, held: Collection[str] = ()) -> Iterator[Change]:
        """Volumes that are to be made, but those of `held` stacks; one that is `there` is used, whoever made it."""
        for volume, stack in named(runtimes.stacks_on(mac, self.runtime)).items():
            if volume not in there and stack not in held:
                command = self.run("volume", "create", "--label", f"{STACK_LABEL}={stack}", volume)
                attribute, reason = Attribute("volume", None, volume), f"the stack {stack} keeps data in it"
                yield Change(f"{self.name}.volume.{volume}", Action.CREATE, (attribute,), reason, (command,))

    def unused_volumes(self, there: Mapping[str, str], world: World) -> Iterator[Finding]:
        """Volumes (by name the stack) that no stack here has any more: named; removed only where the run may."""
        used = named(runtimes.stacks_on(world.mac, self.runtime))
        yield from self.left_volumes(there, {*used, *moves.kept(world, moves.family(self.runtime))}, world)

    def left_volumes(self, there: Mapping[str, str], used: Collection[str], world: World) -> Iterator[Finding]:
        """Those made for stacks that are not `used`."""
        for volume, stack in sorted(there.items()):
            if stack and volume not in used:
                yield self._removal(volume, stack) if CONSENT in world.consents else self._kept(volume, stack, world)

    def _removal(self, volume: str, stack: str) -> Change:
        stake = (f"volume {volume} of the stack {stack}, and all data in it",)
        command = self.run("volume", "rm", volume, says=f"remove the volume {volume}", deadline=300)
        reason, attribute = "no stack uses it any more, and this run may remove it", Attribute("volume", volume, None)
        return Change(f"{self.name}.volume.{volume}", Action.DELETE, (attribute,), reason, (command,), stake)

    def _kept(self, volume: str, stack: str, world: World) -> Notice:
        return Notice(
            f"{self.name}.volume.{volume}",
            "VOLUME_UNUSED",
            f"the volume {volume} of the stack {stack} is used by no stack any more",
            "data is never removed along with a stack",
            f"keep it, or copy what you need and remove it: apply --delete-volumes {world.mac.name}",
        )

    def _pull(self, recipe: Recipe, image: Image) -> Command:
        says, seconds = f"bring in the image {recipe.name} (may take minutes)", image.pull_timeout.seconds
        return self.script("pull", str(recipe.pull), recipe.tag, says=says, deadline=seconds)

    def _build(self, recipe: Recipe, image: Image, mirror: str | None) -> Command:
        context = context_tar(recipe.name)
        said = {**dict(labels(recipe)), LABEL: recipe.digest}
        words = [word for name, value in said.items() for word in ("--label", f"{name}={value}")]
        arguments = mirrored(dict(recipe.args), mirror)
        words += [word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")]
        room = f"build the image {recipe.name}, {catalogue.definition(recipe.name).room} of room (may take minutes)"
        stdin, seconds = base64.b64encode(context).decode(), image.build_timeout.seconds
        options = (*self.options, "--tag", recipe.tag, *words)
        return self.script("build", str(len(context)), *options, says=room, stdin=stdin, deadline=seconds)
