"""The rules of `compatibility.yml`: which versions do not go together, why, what to move, and who says so."""

from collections.abc import Mapping
from datetime import date
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from carbon_fleet.lock.things import NONE, THINGS
from carbon_fleet.spec import VersionBound

FILE = Path(__file__).with_name("compatibility.yml")
PRESENT = "present"
"""A condition: whatever it is, so that it is there."""


def _known(name: str) -> str:
    if name not in THINGS:
        raise ValueError(f"`{name}` is no thing; they are {', '.join(THINGS)}")
    return name


ThingName = Annotated[str, AfterValidator(_known)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Offer(_Part):
    """Versions of a thing that can be had, the one to take first in front; how; and who says that they are there."""

    versions: Annotated[list[str], Field(min_length=1)]
    do: Annotated[str, Field(min_length=1)]
    source: Annotated[str, Field(min_length=1)]


class Rule(_Part):
    """Versions that do not go together: those that meet every condition of `when`.

    A condition of a version is a bound (`>=6.0`), of words a glob or several parted by `|`; `none` and `present` are of
    both. `move` is what helps, each thing with the condition it then meets.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]+$")]
    when: Annotated[dict[ThingName, str], Field(min_length=1)]
    what: Annotated[str, Field(min_length=1)]
    why: Annotated[str, Field(min_length=1)]
    move: Annotated[dict[ThingName, str], Field(min_length=1)]
    do: Annotated[str, Field(min_length=1)]
    sources: Annotated[list[str], Field(min_length=1)]

    @model_validator(mode="after")
    def _conditions(self) -> Self:
        for name, condition in (*self.when.items(), *self.move.items()):
            if THINGS[name].versioned and condition not in (NONE, PRESENT):
                VersionBound.parse(condition)
        if not self.move.keys() <= self.when.keys():
            raise ValueError(f"{self.id}: it moves what it is not over")
        return self

    def meets(self, things: Mapping[str, str]) -> bool | None:
        """Whether these things are what the rule warns of; None where something it is over is not known."""
        met = [meets(name, condition, things.get(name)) for name, condition in self.when.items()]
        return False if False in met else None if None in met else True

    def unknown(self, things: Mapping[str, str]) -> list[str]:
        """What it is over and nobody knows."""
        return [name for name in self.when if name not in things]


class Compatibility(_Part):
    """The whole file."""

    format_version: Annotated[int, Field(ge=1, le=1)]
    as_of: date
    offers: dict[ThingName, Offer]
    rules: list[Rule]

    @model_validator(mode="after")
    def _once(self) -> Self:
        names = [rule.id for rule in self.rules]
        if len(set(names)) < len(names):
            raise ValueError("two rules have the same id")
        return self


def meets(name: str, condition: str, value: str | None) -> bool | None:
    """Whether the thing `name` with this value meets a condition; None where the value is not known."""
    if value is None:
        return None
    if condition in (NONE, PRESENT):
        return (value == NONE) is (condition == NONE)
    if value == NONE:
        return False
    if THINGS[name].versioned:
        return VersionBound.parse(condition).allows(version_in(value))
    return any(fnmatchcase(value, glob.strip()) for glob in condition.split("|"))


def version_in(value: str) -> str:
    """The version in a value: packages have their name before it (`mesa-vulkan-drivers-25.3.6-102.fc44`)."""
    words = value.split("-")
    return next(("-".join(words[place:]) for place, word in enumerate(words) if word[:1].isdigit()), value)


@cache
def compatibility() -> Compatibility:
    """The rules that ship with carbon-fleet."""
    return read_rules(FILE.read_text(encoding="utf-8"))


def read_rules(text: str) -> Compatibility:
    """The rules in `text`; raises pydantic's `ValidationError` for what are none."""
    return Compatibility.model_validate(yaml.safe_load(text))
