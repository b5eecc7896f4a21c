"""How an image goes through the lab's registry: pushed by the machine that built it, pulled by the others by digest.

Which digest that is, the builder says, over ssh: so whoever may write to the registry can withhold an image, and cannot
put another in its place. That it was pushed, the builder's podman remembers as a name by digest below the registry's.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from carbon_fleet.plan import Action, Attribute, Bring, Change, Command, Where, shell
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.spec import Mac, Problem, Registry
from operations.image.door import door
from operations.image.recipe import LABEL, named, recipes
from operations.image.room import CODES, script
from operations.image.seen import ImagesSeen
from operations.image.told import told_of, unreadable

PUSH_SECONDS = 3600
_DIGEST = re.compile("sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class HandedOut:
    """An image as its builder pushed it: `blobs` are digest → bytes as the registry has them, where podman told."""

    id: str
    inputs: str
    architecture: str
    digest: str
    blobs: dict[str, int]


@dataclass(frozen=True)
class Taken:
    """What a receiver said of a pull: the bytes its network brought meanwhile, and those the image has."""

    came: int
    all: int

    @property
    def kept(self) -> int:
        """Bytes of the image that need not come."""
        return max(0, self.all - self.came)


def push_changes(seen: ImagesSeen, mac: Mac) -> Iterator[Change]:
    """On a Mac that builds for others: the push of each image it has as wished, unless it was pushed already."""
    registry = mac.registry
    if registry is None or not mac.builds_for:
        return
    needed = named(mac)
    for recipe in (recipe for recipe in recipes(mac) if recipe.name in needed and recipe.pull is None):
        image = next((image for image in seen if recipe.tag in image.tags), None)
        prefix = f"{_repository(registry, recipe.tag)}@"
        if image is not None and any(tag.startswith(prefix) for tag in image.tags):
            continue
        reason = f"others bring {recipe.name} from the registry: {', '.join(mac.builds_for)}"
        command = hand_out(recipe.tag, mac, PUSH_SECONDS, again=False)
        attribute = Attribute("pushed", None, registry.at)
        yield Change(f"image.{recipe.name}", Action.RUN, (attribute,), reason, (command,))


def hand_out(tag: str, mac: Mac, seconds: int, *, again: bool) -> Command:
    """On the builder: push an image, where it was not pushed or `again`, and tell its digest."""
    registry = _of(mac)
    target = f"{_repository(registry, tag)}:{tag.rpartition(':')[2]}"
    way = door(mac, target)
    argv = shell(script("registry/hand-out"), tag, LABEL, target, *way.words, "yes" if again else "no")
    says = f"push {tag} to {registry.at}"
    return Command(argv, Where.GUEST, deadline=seconds, says=says, fed=way.fed)


def handed_out_in(out: Iterable[str]) -> HandedOut | None:
    """What `hand_out` answered; None when the builder has no such image. Raises `Unreadable`."""
    told = told_of(out)
    if told is None:
        return None
    said, blobs = told
    try:
        if not _DIGEST.fullmatch(said["digest"]):
            raise ValueError(said["digest"])
        return HandedOut(said["id"], said["inputs"], said["architecture"], said["digest"], blobs)
    except (LookupError, ValueError) as error:
        raise unreadable(error) from error


def take(bring: Bring, handed: HandedOut, mac: Mac) -> Command:
    """On the receiver: pull it by its digest, check that it is the builder's, and give it our tag."""
    reference = f"{_repository(_of(mac), bring.tag)}@{handed.digest}"
    way = door(mac, reference)
    blobs = " ".join(f"{digest}={size}" for digest, size in handed.blobs.items())
    arguments = (reference, handed.id, bring.tag, LABEL, bring.inputs, blobs, handed.architecture, *way.words)
    argv = shell(script("registry/take"), *arguments)
    return Command(argv, Where.GUEST, deadline=bring.seconds, fed=way.fed, codes=CODES)


def taken_in(out: Iterable[str]) -> Taken:
    """What `take` answered. Raises `Unreadable`."""
    try:
        said = {words[0]: int(words[1]) for words in (line.split() for line in out)}
        return Taken(said["came"], said["all"])
    except (LookupError, ValueError) as error:
        raise Unreadable(f"the machine said of a pull what cannot be read ({error!r})") from error


def check(mac: Mac) -> Iterator[Problem]:
    """A builder that pushes elsewhere."""
    registry, builder = mac.registry, mac.builder
    if registry is not None and builder is not None and builder.registry != registry:
        what = f"`{builder.name}`, which builds for this Mac, has another `registry`"
        why = "it pushes there, and this Mac would look here"
        yield Problem(
            ("registry",), what, why, "write it in `defaults`, or `registry: null` here to stream from Mac to Mac"
        )


def _of(mac: Mac) -> Registry:
    assert mac.registry is not None, "asked only of Macs that have one"  # noqa: S101
    return mac.registry


def _repository(registry: Registry, tag: str) -> str:
    return f"{registry.at}/{tag.rpartition('/')[2].partition(':')[0]}"
