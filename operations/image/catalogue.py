"""The images of `files/images/`: a folder each, with a Containerfile, an image.yml and what the build copies."""

import re
from functools import cache

from pydantic import Field

from carbon_fleet import assets
from carbon_fleet.assets import Entry
from carbon_fleet.spec import EnvName, Name, Size, Text, Wish
from operations._definitions import load

_ARG = re.compile(r"^\s*ARG\s+([A-Za-z_][A-Za-z0-9_]*)", re.MULTILINE | re.IGNORECASE)


class OnLinux(Wish):
    """What is different of an image on a Linux host, whose own driver comes into its containers by CDI."""

    bases: tuple[Name, ...] = Field(default=(), alias="from")
    """Images of ours it is made from there."""
    args: dict[EnvName, Text] = Field(default_factory=dict)
    """Build arguments on top."""


class Definition(Wish):
    """What an image.yml says."""

    description: Text
    """What the image is for."""
    source: Text | None = None
    """Where the source of what the image packs is had."""
    bases: tuple[Name, ...] = Field(default=(), alias="from")
    """Images of ours this one is made from; each is handed to the build as argument NAME_IN_CAPITALS."""
    args: dict[EnvName, Text] = Field(default_factory=dict)
    """Build arguments a lab may change."""
    room: Size = Size.parse("1GiB")
    """What has to be free in the virtual machine before it is built or brought in."""
    software_args: dict[EnvName, Text] = Field(default_factory=dict)
    """Build arguments on top, where a Mac accepts a software GPU."""
    linux: OnLinux | None = None
    """What is different on a Linux host; left out, nothing is."""

    def made_of(self, linux: bool) -> tuple[Name, ...]:
        """The images of ours it is made from."""
        return self.linux.bases if linux and self.linux else self.bases

    def arguments(self, *, software: bool, linux: bool) -> dict[str, str]:
        """Its build arguments, as far as no lab file changes them."""
        own = self.linux.args if linux and self.linux else {}
        return {**self.args, **(self.software_args if software else {}), **own}


def names() -> tuple[str, ...]:
    """The images there are."""
    return tuple(name for name in assets.folders("images") if any(e.path == "image.yml" for e in _files(name)))


@cache
def definition(name: str) -> Definition:
    """The image.yml of `name`."""
    return load(f"images/{name}/image.yml", Definition)


def made_from(name: str, base: str, *, linux: bool = False) -> bool:
    """Whether the image `name` is `base`, or an image of ours with `base` among its ancestors."""
    if name == base or name not in names():
        return name == base
    return any(made_from(each, base, linux=linux) for each in definition(name).made_of(linux))


def context(name: str) -> tuple[Entry, ...]:
    """What the build sees: every file but image.yml, whose arguments reach the build by themselves."""
    return tuple(entry for entry in _files(name) if entry.path != "image.yml")


@cache
def arguments(name: str) -> tuple[str, ...]:
    """The build arguments the Containerfile takes, but for the images it is made from."""
    containerfile = next(entry.content for entry in context(name) if entry.path == "Containerfile")
    taken = set(_ARG.findall(containerfile.decode())) - {argument_of(base) for base in definition(name).bases}
    return tuple(sorted(taken))


def argument_of(image: str) -> str:
    """The build argument that carries the reference of another image of ours: `vulkan-check` is VULKAN_CHECK."""
    return image.upper().replace("-", "_")


def _files(name: str) -> tuple[Entry, ...]:
    return assets.tree(f"images/{name}")
