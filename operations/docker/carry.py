"""How an image goes from one Mac's Docker Desktop to another's: an archive, streamed, and checked where it lands.

`docker image save` writes an archive and `docker image load` reads one (docs.docker.com/reference/cli/docker/image).
An image's id is its configuration's digest in one of Docker's two stores and its manifest's in the other («containerd
image store»), so it is by its layers' digests, which are the same in both, and by our label that the two are compared.
All of it goes each time: layers that are there come again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from carbon_fleet.plan import Bring, Command
from carbon_fleet.snapshot import Unreadable
from operations.docker.commands import script
from operations.image.recipe import LABEL

NAME = "docker"
"""What a `Bring` says in `engine` of images that go this way."""


@dataclass(frozen=True)
class Archive:
    """An image as its builder has it: its label, its platform's architecture, about its bytes, its layers' digests."""

    inputs: str
    architecture: str
    size: int
    layers: str

    @property
    def count(self) -> int:
        """How many layers it has."""
        return self.layers.count(",")


def tell(bring: Bring) -> Command:
    """On the builder: what it has."""
    return script("told", bring.tag, LABEL, says=f"tell of the image {bring.tag}")


def told_in(out: Iterable[str]) -> Archive | None:
    """What `tell` answered; None when the builder has no such image. Raises `Unreadable`."""
    lines = [line.split(" ", 1) for line in out]
    if lines == [["missing"]]:
        return None
    try:
        said = {words[0]: words[1] for words in lines}
        return Archive(said["inputs"], said["architecture"], int(said["size"]), said["layers"])
    except (LookupError, ValueError) as error:
        raise Unreadable(f"the builder's docker said of an image what cannot be read ({error!r})") from error


def give(bring: Bring) -> Command:
    """On the builder: the archive."""
    return script("give", bring.tag, says=f"give the image {bring.tag}", deadline=bring.seconds)


def take(bring: Bring, archive: Archive) -> Command:
    """On the receiver: the image of what comes, if it is the builder's."""
    words = (bring.tag, LABEL, bring.inputs, archive.architecture, archive.layers)
    return script("take", *words, says=f"take the image {bring.tag}", deadline=bring.seconds)
