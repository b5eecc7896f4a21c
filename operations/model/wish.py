"""What a lab file may say of models: files of weights by address, sha256 and size, fetched once and spread."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from carbon_fleet.spec import Name, RootWish, Size, Text, Wish, mistake

FOLDER = "/var/lib/carbon-fleet/models"
"""Where the virtual machine keeps them, each by its sha256."""


def _sha256(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", value):
        why = "a sha256 is 64 of 0-9 and a-f"
        raise mistake("`{text}` is no sha256", why, "write what `shasum -a 256 FILE` prints")
    return value


Sha256 = Annotated[Text, AfterValidator(_sha256)]
"""A sha256 in small hexadecimal digits."""


class Model(Wish):
    """One file of weights."""

    url: Text
    """Where it comes from: `https://…`, or a path on the machine carbon-fleet runs on."""
    sha256: Sha256
    """What it has to be; anything else is refused and nothing replaced."""
    size: Size | None = None
    """How large it is, for the check of free space before anything is fetched."""

    @property
    def place(self) -> str:
        """Its path in the virtual machine: by content, so that another model is another path, and another unit."""
        return f"{FOLDER}/{self.sha256}"


class Models(RootWish[dict[Name, Model]]):
    """Models a Mac may use, by name; those its stacks name are there, read-only at `/models/NAME`."""

    root: dict[Name, Model] = Field(default_factory=dict)
