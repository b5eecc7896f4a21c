"""Whether an image has room in the virtual machine, before anything is fetched or built.

What a pull needs is known only from the registry: the script that pulls asks it (`files/image/room.sh`) and ends with
NO_ROOM before it fetches anything. Before that, what is free is compared with what every image needs.
"""

from collections.abc import Iterator
from functools import cache

from carbon_fleet import assets
from carbon_fleet.plan import Refusal, World
from carbon_fleet.spec import Size

CODES = {88: "NO_ROOM"}
"""What the scripts' own exit status means."""
LEAST = Size.parse("1GiB")
"""What has to be free for an image of which nothing else is known."""

_SHARED = ("door", "fitting", "room")


@cache
def script(name: str) -> str:
    """`files/image/NAME.sh` with what they share before it, its title kept as first line."""
    title, _, body = assets.text(f"image/{name}.sh").partition("\n")
    lines = ("".join(assets.text(f"image/{part}.sh") for part in _SHARED) + body).splitlines(keepends=True)
    return title + "\n" + "".join(line for line in lines if not line.lstrip().startswith("#"))


def refusal(address: str, needed: Size, world: World) -> Iterator[Refusal]:
    """The Refusal, where less than `needed` is free; nothing where nobody said how much is."""
    section = world.snapshot.sections.get("image")
    told = section.get("free") if section else None
    if told is None or not told.isdigit() or int(told) * 1024 >= int(needed):
        return
    free = int(told) // 1024
    yield Refusal(
        address,
        "NO_ROOM",
        f"the virtual machine has {free} MiB free, and the image needs at least {needed}",
        "a disk that fills up while an image is made stops everything else in the machine too",
        "write a larger `machine.disk`, or make room: podman system df shows what takes it",
    )
