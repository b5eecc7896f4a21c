"""The runtimes a Mac may have, and what one of them was seen to do; pure."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from carbon_fleet.report.matrix_table import TITLES as TITLES

DOCKER = "docker-desktop"
APPLEHV = "podman-applehv"
LIBKRUN = "podman-libkrun"
APPLE = "apple-container"
NATIVE = "native"


class Verdict(StrEnum):
    """What a runtime does, as measured now."""

    GPU = "computes on the GPU"
    CPU = "computes on the CPU"
    CANNOT = "cannot compute"
    ABSENT = "not there"
    UNMEASURED = "not measured"


@dataclass(frozen=True)
class Seen:
    """One runtime as the look found it. `running` is None where that has no meaning or could not be told.

    `cli` is the engine's program on the Mac, `server` what names its server to it: a socket's URL or a connection.
    """

    runtime: str
    present: bool = False
    version: str | None = None
    running: bool | None = None
    cli: str = ""
    server: str = ""
    name: str = ""
    trouble: str = ""
    """What kept the look from telling more."""


@dataclass(frozen=True)
class Computed:
    """What a runtime computed on: the device's own name, the driver in between, and whether the numbers are right."""

    device: str | None = None
    through: str | None = None
    right: bool | None = None


NOTHING = Computed()


@dataclass(frozen=True)
class Entry:
    """One runtime's line of the matrix."""

    runtime: str
    verdict: Verdict
    why: str
    remedy: str = ""
    present: bool = False
    version: str | None = None
    running: bool | None = None
    device: str | None = None
    through: str | None = None
    computed: bool | None = None
    """Whether all known answers came out right; None when nothing was computed."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, for the Report."""
        return asdict(self)


def told(seen: Seen, verdict: Verdict, why: str, remedy: str = "", about: Computed = NOTHING) -> Entry:
    """An entry for a runtime as it was seen; `about` is what computed in it."""
    state = (seen.present, seen.version, seen.running)
    return Entry(seen.runtime, verdict, why, remedy, *state, about.device, about.through, about.right)
