"""What is in an image of ours: the look that reads it from the image's own files, and what it answers."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from carbon_fleet import assets
from carbon_fleet.plan import Command, guest, shell
from carbon_fleet.snapshot import Unreadable

SECONDS = 300


@dataclass(frozen=True)
class Package:
    """A Debian (`deb`) or Python (`pip`) package; `source` is the source package where that has another name."""

    kind: str
    name: str
    version: str
    architecture: str = ""
    source: str = ""


@dataclass(frozen=True)
class Contents:
    """An image: its id, when it was made (seconds since 1970), its inputs' digest, and what its files tell.

    `system` is os-release's ID and VERSION_ID; `files` are whole path → sha256 of what belongs to no package.
    """

    id: str
    created: int
    inputs: str
    system: tuple[str, str] = ("", "")
    labels: dict[str, str] = field(default_factory=dict)
    packages: tuple[Package, ...] = ()
    files: dict[str, str] = field(default_factory=dict)


def look(tag: str) -> Command:
    """The look at the image `tag` in a Mac's machine. It runs nothing of the image."""
    return guest(*shell(assets.text("image/sbom.sh"), tag), deadline=SECONDS)


def read(out: Iterable[str]) -> Contents:
    """What `look` answered. Raises `Unreadable`."""
    image, system = list[str](), ("", "")
    labels, packages, files = dict[str, str](), list[Package](), dict[str, str]()
    try:
        for line in out:
            kind, _, rest = line.partition(" ")
            words = ["" if word == "-" else word for word in rest.split()]
            if kind == "image":
                image = words
            elif kind == "os":
                system = (words[0], words[1])
            elif kind == "label":
                name, _, labels[name] = rest.partition("=")
            elif kind in ("deb", "pip"):
                packages.append(Package(kind, *words))
            elif kind == "file":
                digest, _, path = rest.partition(" ")
                files[path] = digest
        return Contents(image[0], int(image[1]), image[2], system, labels, tuple(packages), files)
    except (LookupError, ValueError, TypeError) as error:
        raise Unreadable(f"what the machine said of the image cannot be read ({error!r})") from error
