"""How an image goes from the machine that built it to another: the commands on both sides, and what they answer.

The builder lays it out as podman's `docker-dir` does: uncompressed layers, each named by its sha256, which is how a
receiver's storage knows its layers, too (`RootFS.Layers`). So layers that are there need not come. (Not `oci-dir`: that
writes the configuration anew, whose digest is the image's id. Seen with podman 5.4.)
"""

from collections.abc import Iterable
from dataclasses import dataclass

from carbon_fleet.plan import Bring, Command, Where, guest, shell
from carbon_fleet.snapshot import Unreadable
from operations.image.recipe import LABEL
from operations.image.room import script
from operations.image.told import told_of, unreadable

OUT = "/var/lib/carbon-fleet/spread/out"
"""Where a builder's machine has the images that are laid out, each in a folder named by its id."""


@dataclass(frozen=True)
class Layout:
    """An image as its builder laid it out: `blobs` are sha256 → bytes, `manifest` is base64."""

    id: str
    inputs: str
    manifest: str
    blobs: dict[str, int]
    architecture: str = ""


@dataclass(frozen=True)
class Lacking:
    """What a receiver has to get: `wanted` are sha256 → how many bytes it has, `skipped` need not come."""

    wanted: dict[str, int]
    skipped: tuple[str, ...]


def lay_out(bring: Bring, *, again: bool) -> Command:
    """On the builder: lay the image out, anew when `again`."""
    return _run("lay-out", bring, bring.tag, LABEL, "yes" if again else "no")


def layout_in(out: Iterable[str]) -> Layout | None:
    """What `lay_out` answered; None when the builder has no such image. Raises `Unreadable`."""
    told = told_of(out)
    if told is None:
        return None
    said, blobs = told
    try:
        return Layout(said["id"], said["inputs"], said["manifest"], blobs, said.get("architecture", ""))
    except LookupError as error:
        raise unreadable(error) from error


def lack(bring: Bring, layout: Layout, *, every: bool) -> Command:
    """On the receiver: ask what it lacks; when `every`, also of layers that its images have."""
    blobs = "".join(f"{blob} {size}\n" for blob, size in layout.blobs.items())
    return _run("lack", bring, layout.id, "yes" if every else "no", layout.architecture, stdin=blobs)


def lacking_in(out: Iterable[str], layout: Layout) -> Lacking:
    """What `lack` answered. Raises `Unreadable`."""
    lines = [line.split() for line in out]
    if lines == [["there"]]:
        return Lacking({}, tuple(layout.blobs))
    try:
        wanted = {words[1]: int(words[2]) for words in lines if words[0] == "want"}
        skipped = tuple(words[1] for words in lines if words[0] == "skip")
    except (LookupError, ValueError) as error:
        raise Unreadable(f"the machine said of its layers what cannot be read ({error!r})") from error
    if {*wanted, *skipped} != set(layout.blobs):
        raise Unreadable("the machine did not say of every layer whether it has it")
    return Lacking(wanted, skipped)


def give(bring: Bring, layout: Layout, blob: str, offset: int) -> Command:
    """On the builder: a blob from an offset on."""
    return _run("give", bring, layout.id, blob, str(offset))


def take(bring: Bring, layout: Layout, blob: str, offset: int) -> Command:
    """On the receiver: the same blob from the same offset on."""
    return _run("take", bring, blob, str(layout.blobs[blob]), str(offset))


def land(bring: Bring, layout: Layout) -> Command:
    """On the receiver: make the image of what came, check it and give it our tag."""
    return _run("land", bring, layout.id, bring.tag, LABEL, bring.inputs, stdin=layout.manifest)


def clear() -> Command:
    """On the builder: take away what was laid out."""
    return guest("rm", "-rf", OUT, deadline=300)


def _run(name: str, bring: Bring, *arguments: str, stdin: str | None = None) -> Command:
    argv = shell(script(f"spread/{name}"), *arguments)
    return Command(argv, Where.GUEST, stdin, deadline=bring.seconds)
