"""What a lab file may say of the inside of the Podman machine."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from carbon_fleet.spec import AbsolutePath, Duration, FileMode, Wish, mistake

UNIT = r"[A-Za-z0-9:_.\\@-]{1,245}\.(service|socket|timer|target|path|mount|automount|swap|slice)"
USER = r"[a-z_][a-z0-9_-]{0,31}"


def _content(value: str) -> str:
    if "\0" in value:
        raise mistake("this holds a NUL character", "guest files are text", "leave it out")
    return value


def _system(value: str) -> str:
    if value.endswith("/"):
        raise mistake("`{text}` is a folder", "a file has a name", "write the file's whole path")
    if value == "/usr" or value.startswith("/usr/"):
        raise mistake("`{text}` cannot be written", "/usr is read-only in the machine's system", "write it below /etc")
    return value


def _unit(value: str) -> str:
    if not re.fullmatch(UNIT, value):
        raise mistake("`{text}` is not a systemd unit", "its whole name ends in its kind", "write `chronyd.service`")
    if "@." in value:
        raise mistake("`{text}` is a template, not a unit", "only its instances run", "write `name@one.service`")
    return value


UnitName = Annotated[str, AfterValidator(_unit)]
"""A systemd unit by its whole name: `chronyd.service`."""
GuestPath = Annotated[AbsolutePath, AfterValidator(_system)]


class GuestFile(Wish):
    """A text file in the virtual machine, whole: its content stands in the lab file itself."""

    content: Annotated[str, AfterValidator(_content)]
    """The whole text of the file."""
    mode: FileMode = "0644"
    """Four octal digits, quoted."""
    owner: str = Field(default="root", pattern=f"^{USER}$")
    """A user in the machine; the group is the one that user writes with."""
    overwrite: bool = False
    """Whether a file that is there already goes, though it is neither carbon-fleet's nor the system's own."""


class GuestUnit(Wish):
    """How a systemd unit in the virtual machine should stand."""

    enabled: bool = True
    """Whether it starts with the machine."""
    active: bool = True
    """Whether it runs now."""


class Guest(Wish):
    """What `guest:` in a lab file may say: what is in the virtual machine besides images and stacks."""

    files: dict[GuestPath, GuestFile] = Field(default={})
    """Files by their path in the machine."""
    units: dict[UnitName, GuestUnit] = Field(default={})
    """systemd units by name."""
    clock_skew: Duration = Duration.parse("2s")
    """How far the machine's clock may be from the Mac's (both are read in whole seconds)."""
    gpu: bool = True
    """Whether /dev/dri/renderD128 has to be there."""
