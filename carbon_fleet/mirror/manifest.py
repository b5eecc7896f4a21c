"""The manifest of a mirror: each path it answers, and the sha256 of what is there. `DIR/mirror.json`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from carbon_fleet.mirror.trouble import MirrorTrouble

NAME = "mirror.json"
FORMAT_VERSION = 1
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Document(BaseModel):
    """A part of the manifest: strict, frozen, unknown keys refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True)


class Kind(StrEnum):
    """What a path holds."""

    API = "api"
    BOTTLE = "bottle"
    DISK = "disk"
    FILE = "file"
    GIT = "git"
    IMAGE = "image"
    MODEL = "model"


class Entry(Document):
    """One path."""

    path: str = Field(pattern="^/[!-~]+$")
    """As it is asked for, percent-encoded."""
    kind: Kind
    """What it belongs to."""
    sha256: Sha256
    """Of its content; also its name in the folder."""
    size: int = Field(ge=0)
    """Bytes."""
    type: str = "application/octet-stream"
    """Its media type: a registry's clients need it."""
    source: str
    """Where it came from."""


class LeftOut(Document):
    """What a converge may want and the mirror has not."""

    name: str
    """What it is."""
    why: str
    """Why it is not there, and what to do instead."""
    packages: tuple[str, ...] = ()
    """Of an image's build: what it fetches of Debian (`debian:curl`) and of PyPI (`pypi:numpy==2.3.4`), by name."""


class Manifest(Document):
    """Everything a mirror answers. Equal content gives equal bytes: there is no time in it."""

    format_version: Literal[1] = 1
    lab: str
    """The lab it was built for."""
    bottle_tags: tuple[str, ...] = ()
    """The macOS versions whose bottles are in it, as Homebrew names them: `arm64_tahoe`."""
    entries: tuple[Entry, ...] = ()
    """By path, sorted."""
    left_out: tuple[LeftOut, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        paths = [entry.path for entry in self.entries]
        if paths != sorted(set(paths)):
            raise ValueError("its entries are not in order, or a path is there twice")
        return self

    def text(self) -> str:
        """The file's text."""
        return self.model_dump_json(indent=1) + "\n"


def read(folder: Path) -> Manifest:
    """The manifest of the mirror in `folder`. Raises `MirrorTrouble`."""
    path = folder / NAME
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise MirrorTrouble(f"{folder} holds no mirror: `carbon-fleet mirror build LAB {folder}` makes one") from None
    except OSError as error:
        raise MirrorTrouble(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        what = f"{path} is not a mirror's manifest of format {FORMAT_VERSION}: {where}: {first['msg']}"
        raise MirrorTrouble(f"{what}; build the mirror again") from error
