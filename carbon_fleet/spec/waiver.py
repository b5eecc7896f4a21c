"""Waivers: differences somebody answers for, until a day. They are of the lab, and no part of any Mac's wish."""

import re
from collections.abc import Collection, Iterable
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, Field

from carbon_fleet.spec.base import RootWish, Wish, mistake
from carbon_fleet.spec.words import Text

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _day(value: str) -> str:
    try:
        if re.fullmatch(_DAY, value):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise mistake("`{text}` is not a day", "a day is year, month and day", "write it as `2026-12-31`")


Day = Annotated[
    str, AfterValidator(_day), Field(json_schema_extra={"pattern": f"^{_DAY}$", "examples": ["2026-12-31"]})
]
"""A day, written `2026-12-31`."""


class Waiver(Wish):
    """A difference that is known and stays for now: drift counts it apart, and apply leaves it alone."""

    address: Text
    """Whose differences: an address as drift prints it, or a glob (`homebrew.formula.*`)."""
    macs: tuple[Text, ...] | None = Field(default=None, min_length=1)
    """On which Macs: names, globs or groups; left out, on all."""
    reason: Text
    """Why it may stay."""
    owner: Text
    """Who answers for it."""
    expires: Day
    """The last day (UTC) it holds; from the next on its differences count again."""

    def covers(self, mac: str, groups: Collection[str]) -> bool:
        """Whether it is about the Mac of this name and these groups."""
        return self.macs is None or any(names(word, mac, groups) for word in self.macs)

    def matches(self, address: str) -> bool:
        """Whether it is about what lies at this address."""
        return fnmatchcase(address, self.address)

    def expired(self, today: date) -> bool:
        """Whether it no longer holds on this day."""
        return date.fromisoformat(self.expires) < today


class Waivers(RootWish[tuple[Waiver, ...]]):
    """The waivers of a lab."""

    root: tuple[Waiver, ...] = ()


def over(waivers: Iterable[Waiver], address: str) -> Waiver | None:
    """The one of these waivers that stands over what lies at `address`: of several, the one that holds longest."""
    return max((each for each in waivers if each.matches(address)), key=lambda each: each.expires, default=None)


def names(word: str, mac: str, groups: Collection[str]) -> bool:
    """Whether a word (a name, a glob, a group) is about the Mac of this name and these groups."""
    return fnmatchcase(mac, word) or word in groups
