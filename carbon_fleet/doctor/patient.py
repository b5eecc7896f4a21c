"""One Mac as one look saw it, typed, for the checks to read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from carbon_fleet.doctor.seen import DoctorSeen, InsideSeen, read, read_inside
from carbon_fleet.plan import Change, Finding, Notice, Refusal, World
from carbon_fleet.plan.registry import asked_of, resources
from carbon_fleet.snapshot import Guest, Unreadable
from carbon_fleet.spec import Health
from operations.guest import GuestSeen
from operations.homebrew import FormulaSeen, Homebrew, HomebrewSeen
from operations.homebrew.wish import fitted
from operations.machine import Machine, MachineSeen
from operations.preflight import PreflightSeen

DOCTOR, INSIDE = "doctor", "doctor_inside"


@dataclass(frozen=True)
class Patient:
    """The wish, the look, and what the resources themselves found."""

    world: World

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What every resource finds, also behind one that refuses; of what is no Mac only that."""
        found: list[Finding] = []
        for resource in asked_of(self.world.mac):
            found += resource.findings(self.world)
            if any(isinstance(one, Refusal) and one.code == "NOT_A_MAC" for one in found):
                return tuple(found)
        return tuple(found)

    @property
    def words(self) -> Iterator[Refusal | Notice]:
        """The Refusals and Notices among them."""
        return (one for one in self.findings if isinstance(one, Refusal | Notice))

    def changes(self, *globs: str) -> list[Change]:
        """The Changes at these addresses."""
        all_of_them = (one for one in self.findings if isinstance(one, Change))
        return [one for one in all_of_them if any(fnmatchcase(one.address, glob) for glob in globs)]

    @cached_property
    def doctor(self) -> DoctorSeen:
        """The doctor's own section; empty where it could not be read."""
        try:
            return read(self.world.snapshot.section(DOCTOR))
        except Unreadable:
            return DoctorSeen()

    @cached_property
    def inside(self) -> InsideSeen:
        """The same inside the machine; empty where that was not entered."""
        try:
            return read_inside(self.world.snapshot.section(INSIDE))
        except Unreadable:
            return InsideSeen()

    @property
    def closed(self) -> bool:
        """Whether the machine says it runs and could not be entered."""
        return self.world.snapshot.guest is Guest.UNREADABLE

    @cached_property
    def machine(self) -> MachineSeen | None:
        """The machine; None where it could not be read."""
        seen: MachineSeen | None = self._seen("machine")
        return seen

    @cached_property
    def homebrew(self) -> HomebrewSeen:
        """Homebrew; where it could not be read, one that is not there."""
        return self._seen("homebrew") or HomebrewSeen(present=False)

    @cached_property
    def preflight(self) -> PreflightSeen:
        """The Mac itself; empty where it could not be read."""
        return self._seen("preflight") or PreflightSeen("")

    @cached_property
    def guest(self) -> GuestSeen:
        """The machine's inside; empty where it was not entered."""
        return self._seen("guest") or GuestSeen()

    def _seen(self, name: str) -> Any:
        resource = next(one for one in resources() if one.name == name)
        try:
            return resource.observe(self.world.snapshot)
        except Unreadable:
            return None

    def formula(self, name: str) -> FormulaSeen:
        """A formula by its short name; one without kegs where it is not installed."""
        return self.homebrew.formula(name)

    def version(self, name: str) -> tuple[int, ...]:
        """The numbers of a formula's version in use; empty where it is not installed."""
        return numbers(self.formula(name).version)

    @property
    def health(self) -> Health:
        """The limits of the lab file."""
        return self.world.mac.section("health", Health)

    @property
    def wish(self) -> Machine:
        """The wished machine."""
        return self.world.mac.section("machine", Machine)

    @property
    def brew(self) -> Homebrew:
        """The wished Homebrew."""
        return fitted(self.world.mac.section("homebrew", Homebrew), self.world.mac)


def numbers(version: str) -> tuple[int, ...]:
    """`1.3.2_1` as (1, 3, 2): what versions are compared by."""
    return tuple(int(each) for each in re.findall(r"[0-9]+", version.partition("_")[0])[:3])


def gib(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / 2**30:.1f} GiB"
