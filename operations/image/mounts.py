"""Which images containers mount, as the Venus layer is into images of other people.

Podman does not count them as used: `podman image rm` takes such an image away without a word, and the container that
runs loses its files that moment (seen with podman 5.4). So nothing that is mounted is removed here.
"""

import json
from collections.abc import Mapping

from carbon_fleet.snapshot import Section, Unreadable
from carbon_fleet.spec import Mac
from operations.image.recipe import recipes
from operations.image.wish import Images

EVERYTHING = "*"
"""In place of names where podman could not say: then all of them may be mounted."""
_ID = 12
"""The fewest digits that podman takes for an image's id."""


def asks(wanted: Images, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/image.sh`: only where another image of ours is there are mounts asked for."""
    return {"CF_IMAGE_TAGS": " ".join(recipe.tag for recipe in recipes(mac))}


def mounted(section: Section) -> frozenset[str]:
    """What containers mount, as they name it; empty where nobody had to ask."""
    block = section.blocks.get("mounts")
    if block is None:
        return frozenset()
    try:
        listed = [json.loads(line) or () for line in block.must().out if line]
        return frozenset(mount["Source"] for mounts in listed for mount in mounts if mount["Type"] == "image")
    except (Unreadable, ValueError, KeyError, TypeError):
        return frozenset((EVERYTHING,))


def is_mounted(image: str, names: tuple[str, ...], sources: frozenset[str]) -> bool:
    """Whether an image, by its id and its names, is among what containers mount."""
    if EVERYTHING in sources or not sources.isdisjoint(names):
        return True
    return any(len(source) >= _ID and image.startswith(source.removeprefix("sha256:")) for source in sources)
