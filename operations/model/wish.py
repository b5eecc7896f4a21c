"""What a lab file may say of models: files of weights by address, sha256 and size, fetched once and spread."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from carbon_fleet.spec import Name, RootWish, Size, Text, Wish, mistake
from carbon_fleet.spec import mirror as at

FOLDER = "/var/lib/carbon-fleet/models"
"""Where the virtual machine keeps them, each by its sha256."""
_URL = re.compile(r"https?://[!-~]+")


def _sha256(value: str) -> str:
    if not re.fullmatch(r"[0-9a-f]{64}", value):
        why = "a sha256 is 64 of 0-9 and a-f"
        raise mistake("`{text}` is no sha256", why, "write what `shasum -a 256 FILE` prints")
    return value


def _source(value: str) -> str:
    if _URL.fullmatch(value) or (value.startswith(("/", "~/")) and ".." not in value.split("/")):
        return value
    why = "a model comes from an address, or from a file on the machine carbon-fleet runs on, by its whole path"
    raise mistake("`{text}` is no place a model comes from", why, "write `https://…`, `/…` or `~/…`")


Sha256 = Annotated[Text, AfterValidator(_sha256)]
"""A sha256 in small hexadecimal digits."""
Source = Annotated[Text, AfterValidator(_source)]
"""Where a model comes from: an http(s) URL, or a whole path on the machine carbon-fleet runs on."""


class Model(Wish):
    """One file of weights."""

    url: Source
    """Where it comes from: `https://…`, or a whole path on the machine carbon-fleet runs on."""
    sha256: Sha256
    """What it has to be; anything else is refused and nothing replaced."""
    size: Size | None = None
    """How large it is, for the check of free space before anything is fetched. Left out: the server is asked."""
    fetch: Literal["once", "mac"] = "once"
    """`once`: carbon-fleet fetches it once and hands it to the Macs; `mac`: each Mac fetches it by itself."""

    @property
    def place(self) -> str:
        """Its path in the virtual machine: by content, so that another model is another path, and another unit."""
        return f"{FOLDER}/{self.sha256}"

    def source(self, mirror: str | None) -> str:
        """Where it is fetched: from the site mirror, where there is one and it is not a file of our own."""
        return f"{mirror}{at.model(self.sha256)}" if mirror and not self.local else self.url

    @property
    def local(self) -> bool:
        """Whether it is a file of the machine carbon-fleet runs on."""
        return not _URL.fullmatch(self.url)


class Models(RootWish[dict[Name, Model]]):
    """Models a Mac may use, by name; those its stacks name are there, read-only at `/models/NAME`."""

    root: dict[Name, Model] = Field(default_factory=dict)
