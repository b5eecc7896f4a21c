"""What a lab's lock file (`LAB.lock.yml`) says: sets of versions that were seen working, and on which Macs."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from carbon_fleet.spec.base import Problem, Wish, mistake
from carbon_fleet.spec.words import Name, Text

NONE = "none"
"""What is said of a thing that is not there."""
UNTOLD, BUILT = "not told", "built there"
"""What is said of a bottle whose sha256 nothing on the Mac told, and of a formula that was poured from none."""


def _bottle(value: str) -> str:
    if value not in (UNTOLD, BUILT) and not re.fullmatch("[0-9a-f]{64}", value):
        raise mistake("`{text}` is no sha256", "a sha256 is 64 of 0-9 and a-f", "run `carbon-fleet lock LAB` anew")
    return value


def sha256s(bottles: Mapping[str, str]) -> dict[str, str]:
    """Those bottles whose sha256 is known."""
    return {name: sha256 for name, sha256 in bottles.items() if sha256 not in (UNTOLD, BUILT)}


class LockedSet(Wish):
    """Versions that were seen working together, and on which Macs."""

    macs: Annotated[tuple[Name, ...], Field(min_length=1)]
    """The Macs that had them."""
    verified: dict[Name, Text] = Field(default_factory=dict)
    """Of each Mac the run of `verify` that saw it."""
    things: dict[Text, Text]
    """Each thing by its name (`podman`, `kernel`, `image.venus`) and its version, digest or word; `none`: not there."""
    taps: dict[Text, Text] = Field(default_factory=dict)
    """Of each formula the tap it came from and, where the receipt told, that tap's commit: `libkrun/krun@504bf9c…`."""
    bottles: dict[Text, Annotated[Text, AfterValidator(_bottle)]] = Field(default_factory=dict)
    """Of each formula the sha256 of the bottle it was poured from; `not told` and `built there` where there is none."""

    def holds(self, formula: str) -> bool:
        """Whether it names a version of the formula, by its short name."""
        versions = (self.things.get(name, NONE) for name in (formula, f"formula.{formula}"))
        return any(version != NONE for version in versions)


class LockFile(Wish):
    """A whole lock file. A Mac is in one set at most."""

    format_version: Literal[1]
    lab: Name
    sets: tuple[LockedSet, ...] = ()

    def of(self, mac: str) -> LockedSet | None:
        """The set a Mac is in."""
        return self.by_mac.get(mac)

    @cached_property
    def by_mac(self) -> Mapping[str, LockedSet]:
        """Each Mac's set."""
        return {mac: each for each in self.sets for mac in each.macs}

    def problems(self, lab: str) -> Iterator[Problem]:
        """What no single value shows: the lock of another lab, a Mac that is in it twice."""
        if self.lab != lab:
            why = f"it lies beside the lab file of `{lab}`"
            yield Problem(("lab",), f"this is the lock of `{self.lab}`", why, f"write `{lab}`, or take the file away")
        known: set[str] = set()
        for index, each in enumerate(self.sets):
            for place, mac in enumerate(each.macs):
                if mac in known:
                    path = ("sets", index, "macs", place)
                    yield Problem(path, f"`{mac}` is in two sets", "a Mac has one", "take it out of one of them")
                known.add(mac)
