"""A small lab to test with: two sections, and the lab file of the README."""

from collections.abc import Iterator
from typing import Literal

import pytest
from pydantic import Field, model_validator

from carbon_fleet.spec import (
    EnvName,
    FileMode,
    Formula,
    Lab,
    LabError,
    LabFault,
    Mac,
    Name,
    Port,
    Problem,
    RootWish,
    SectionSpec,
    Size,
    Text,
    VersionBound,
    Wish,
    lab_from_text,
)


class Machine(Wish):
    name: Name = "carbon"
    cpus: int = Field(default=4, ge=1, le=64)
    memory: Size = Size("8GiB")
    disk: Size = Size("100GiB")
    rootful: bool = True
    provider: Literal["libkrun", "applehv"] = "libkrun"


class Stack(Wish):
    image: Text
    ports: tuple[Port, ...] = ()
    environment: dict[EnvName, Text] = Field(default={})
    mode: FileMode = "0644"
    load: float = 1.0
    tags: frozenset[Name] = frozenset()


class Stacks(RootWish[dict[Name, Stack] | tuple[Name, ...]]):
    root: dict[Name, Stack] | tuple[Name, ...] = ()


class Homebrew(Wish):
    casks: dict[Formula, Size | None] = Field(default={"built-in": Size("1GiB")})
    formulae: dict[Formula, VersionBound] = Field(default={"podman": VersionBound(">=5.6")})
    owner: Text | None = Field(default=None, pattern="^[a-z]+$")

    @model_validator(mode="after")
    def known_owner(self) -> "Homebrew":
        if self.owner == "root":
            raise ValueError("Homebrew is never root's.")
        return self


def fits(machine: Machine, mac: Mac) -> Iterator[Problem]:
    if machine.memory.gib > 4 * machine.cpus:
        yield Problem(("machine", "memory"), "more than 4GiB for each of the cpus", write="write `cpus: 8`")


SECTIONS = (
    SectionSpec("machine", Machine, fits),
    SectionSpec("stacks", Stacks),
    SectionSpec("homebrew", Homebrew),
)

GOOD = """\
lab: brisbane
defaults:
  user: lab
  machine: {name: carbon, cpus: 6, memory: 8GiB}
  stacks: [vulkan-check]
groups:
  canary: {machine: {memory: 16GiB}}
  small: {machine: {cpus: 4, memory: 4GiB}, port: 2222}
macs:
  mac-01: {host: 10.0.0.11, groups: [canary]}
  mac-02: {host: mac-02.local}
"""


def load(text: str) -> Lab:
    return lab_from_text(text, SECTIONS)


def machine(lab: Lab, mac: str = "mac-01") -> Machine:
    return lab.mac(mac).section("machine", Machine)


def faults(text: str) -> tuple[LabFault, ...]:
    with pytest.raises(LabError) as raised:
        load(text)
    assert raised.value.errors
    return raised.value.errors


def fault(text: str) -> LabFault:
    """The one fault of a text."""
    found = faults(text)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def one_mac(wish: str) -> str:
    """A lab of one Mac with these lines in it."""
    lines = "".join(f"    {line}\n" for line in wish.splitlines())
    return f"lab: x\nmacs:\n  mac-01:\n    host: 10.0.0.1\n    user: lab\n{lines}"
