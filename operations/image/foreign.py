"""Images that are not ours, by their full references: brought in before any container is stopped for them.

podman checks what it fetches by digest; one that is named by a tag is fetched once, and is then what it is.
"""

from collections.abc import Iterable, Iterator

from carbon_fleet.plan import Action, Attribute, Change, Finding, World, guest, shell
from operations.image.door import door
from operations.image.room import CODES, LEAST, refusal, script
from operations.image.seen import ImageSeen, ImagesSeen

PULL_SECONDS = 4 * 3600
"""An image may have tens of GB, and a lab a slow line."""
_HUB = "docker.io/"


def normal(reference: str) -> str:
    """The name podman stores an image by: with Docker Hub's `library/`, with a tag, and a digest in the tag's place."""
    name, at, digest = reference.partition("@")
    repository, _, tag = name.rpartition(":") if ":" in name.rpartition("/")[2] else (name, "", "latest")
    if repository.startswith(_HUB) and "/" not in repository.removeprefix(_HUB):
        repository = f"{_HUB}library/{repository.removeprefix(_HUB)}"
    return f"{repository}@{digest}" if at else f"{repository}:{tag}"


def found(reference: str, images: ImagesSeen) -> ImageSeen | None:
    """The image that `reference` names in the machine; by digest it is the manifest's."""
    name = normal(reference)
    return next((image for image in images if name in image.tags or name in image.digests), None)


def pulls(references: Iterable[tuple[str, str]], images: ImagesSeen, world: World) -> Iterator[Finding]:
    """The pull of each missing image; `references` are pairs of a reference and the container that runs it."""
    asked: set[str] = set()
    for reference, container in references:
        if reference in asked or found(reference, images):
            continue
        asked.add(reference)
        address = f"image.{reference}"
        yield from refusal(address, LEAST, world)
        way = door(world.mac, normal(reference))
        command = guest(
            *shell(script("fetch"), normal(reference), *way.words),
            deadline=PULL_SECONDS,
            says=f"bring in the image {reference} (may take minutes)",
            codes=CODES,
            fed=way.fed,
        )
        reason = f"{container} runs it, and it has to be there before anything stops for it"
        yield Change(address, Action.CREATE, (Attribute("image", None, reference),), reason, (command,))
