"""The runtimes a Mac may have, and what one of them was seen to do; pure."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from carbon_fleet.report.matrix_table import TITLES as TITLES

DOCKER = "docker-desktop"
APPLEHV = "podman-applehv"
LIBKRUN = "podman-libkrun"
LIMA = "lima"
COLIMA = "colima"
APPLE = "apple-container"
NATIVE = "native"
CUDA = "linux-nvidia"
"""The one runtime of a Linux host; no Mac has it."""


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
    kind: str = ""
    """Of Lima and Colima, the type of the virtual machine: krunkit, vz, qemu."""
    barred: str = ""
    """Why nobody but a person may start it; empty: it can be started."""


@dataclass(frozen=True)
class Computed:
    """What a runtime computed on: the device's own name, the driver in between, and whether the numbers are right."""

    device: str | None = None
    through: str | None = None
    right: bool | None = None


NOTHING = Computed()


@dataclass(frozen=True)
class Figure:
    """llama.cpp's tokens per second (medians), by which of `bench`'s paths, of which run and its model."""

    path: str
    prompt: float
    generation: float
    run: str
    model: str


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
    starts_in: float | None = None
    """Seconds from its start to an engine that answers, where this run started it."""
    figure: Figure | None = None
    """What llama.cpp reached in it, as the last `bench` kept here measured."""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values, for the Report."""
        return asdict(self)


def told(seen: Seen, verdict: Verdict, why: str, remedy: str = "", about: Computed = NOTHING) -> Entry:
    """An entry for a runtime as it was seen; `about` is what computed in it."""
    state = (seen.present, seen.version, seen.running)
    return Entry(seen.runtime, verdict, why, remedy, *state, about.device, about.through, about.right)
