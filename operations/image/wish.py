"""What a lab file may say of images: `images:` is a map from an image's name to how this lab wants it made."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from carbon_fleet.spec import Duration, EnvName, Name, RootWish, Text, Wish, mistake

_PINNED = re.compile(r"[a-z0-9.-]+(:[0-9]+)?/[a-z0-9._/-]+(:[A-Za-z0-9._-]+)?@sha256:[0-9a-f]{64}")


def _pinned(value: str) -> str:
    if not _PINNED.fullmatch(value):
        why = "a tag may be on another image tomorrow, and this one runs with your GPU"
        write = "write `registry/name@sha256:…`: registry, name, and the digest that `podman push --digestfile` wrote"
        raise mistake("`{text}` is not an image by its digest", why, write)
    return value


Pinned = Annotated[Text, AfterValidator(_pinned)]
"""An image in a registry by its whole name and the sha256 of its manifest."""


class Image(Wish):
    """How one image of `files/images/` is made here. Everything may be left out."""

    base: Text | None = None
    """The base image, by its full reference, best with a digest: build argument BASE."""
    args: dict[EnvName, Text] = Field(default_factory=dict)
    """Build arguments over the image's own. Never secrets: an image's history shows them."""
    build_timeout: Duration = Duration.parse("40m")
    """How long the build may take."""
    pull: Pinned | None = None
    """Bring this image in from a registry instead of building it: one that carbon-fleet built elsewhere, by digest."""
    pull_timeout: Duration = Duration.parse("40m")
    """How long bringing it in may take."""
    keep: int = Field(default=0, ge=0, le=20)
    """How many of its older versions stay though nothing needs them any more."""


class Images(RootWish[dict[Name, Image]]):
    """Images to have on this Mac besides those its stacks use; also the place to change how any image is made."""

    root: dict[Name, Image] = Field(default_factory=dict)

    def of(self, name: str) -> Image:
        """What is wished of the image `name`, said or not."""
        return self.root.get(name, Image())
