"""What one probe saw of one Mac."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from carbon_fleet.snapshot.section import Section, Unreadable
from carbon_fleet.snapshot.volatile import ASIDE, settled
from carbon_fleet.snapshot.wire import OPEN, parse


class Guest(StrEnum):
    """How far the probe came into the Mac's virtual machine."""

    ABSENT = "absent"
    """There is no such machine: what it should hold is all still to be made."""
    STOPPED = "stopped"
    """The machine is there but not running: what it holds is known only once it runs."""
    REACHED = "reached"
    """The nested hop worked and the guest's sections are in the Snapshot."""
    UNREADABLE = "unreadable"
    """The machine says it runs, but the hop into it failed."""

    @property
    def code(self) -> str:
        """The reason code of a machine that was not entered, whoever wanted to."""
        return {Guest.ABSENT: "MACHINE_ABSENT", Guest.STOPPED: "MACHINE_STOPPED"}.get(self, "MACHINE_CLOSED")


@dataclass(frozen=True)
class Hop:
    """The way to where containers run.

    From a Mac it leads into the virtual machine, as `podman machine inspect` told it in this very probe. On a host that
    runs them itself it is `HERE`: root, in the same session.
    """

    identity: str
    port: int


HERE = Hop("", 0)
"""The way on a host whose containers run on it, without a machine between."""
_HERE = "here"
"""What such a host's probe says of how it was reached."""


@dataclass(frozen=True)
class Snapshot:
    """One Mac as one probe saw it. Ask `section` for one of its sections.

    What could not be read is not there, and `section` says why.
    """

    mac: str
    sections: Mapping[str, Section] = field(default_factory=dict)
    guest: Guest = Guest.ABSENT
    guest_detail: str = ""
    complete: bool = True

    def section(self, name: str) -> Section:
        """The section `name`; raises `Unreadable` when the probe did not come to its end or the section failed."""
        section = self.sections.get(name)
        if section is None:
            why = "the probe's answer was cut off before it" if not self.complete else "the probe did not answer it"
            raise Unreadable(f"{name}: {why}")
        if section.status != 0:
            raise Unreadable(name, section.status, "\n".join(section.err))
        return section

    @property
    def hop(self) -> Hop | None:
        """The way into the guest, when it was reached."""
        if self.guest is Guest.REACHED and self.guest_detail == _HERE:
            return HERE
        machine = self.sections.get("machine")
        identity, port = (machine.get("hop_identity"), machine.get("hop_port")) if machine else (None, None)
        return Hop(identity, int(port)) if identity and port and re.fullmatch("[0-9]{1,5}", port) else None

    @property
    def digest(self) -> str:
        """sha256 over all that was seen, without timings and what is volatile (`snapshot/volatile.py`)."""
        return _sha256([self.mac, self.guest, self.complete, self.digests])

    @property
    def digests(self) -> dict[str, str]:
        """sha256 of each section, by name, without what is volatile."""
        return {name: _sha256(settled(section)) for name, section in self._counting()}

    @property
    def marks(self) -> dict[str, dict[str, str]]:
        """16 hex digits for each fact and block of each section, without what is volatile: they tell what moved."""
        plain = {name: settled(section) for name, section in self._counting()}
        return {name: {key: _sha256(told[key])[:16] for key in sorted(told)} for name, told in plain.items()}

    def _counting(self) -> list[tuple[str, Section]]:
        return sorted(item for item in self.sections.items() if item[0] not in ASIDE)


def _sha256(plain: Any) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def read_snapshot(mac: str, lines: Iterable[str]) -> Snapshot:
    """Parse a probe's standard output into a Snapshot; raises `Unreadable` when it is not a probe's answer."""
    answer = parse(lines)
    if answer.guest == OPEN:  # the hop began and its end never came
        return Snapshot(mac, answer.sections, Guest.UNREADABLE, "the answer was cut off inside it", answer.complete)
    if answer.guest not in list(Guest):
        raise Unreadable(f"the probe said of the virtual machine {answer.guest[:80]!r}, which is no state of it")
    return Snapshot(mac, answer.sections, Guest(answer.guest), answer.guest_detail, answer.complete)
