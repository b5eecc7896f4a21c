"""NVIDIA's driver, toolkit and CDI specifications as a probe saw them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from carbon_fleet.snapshot import Block, Section, Unreadable

ABSENT = 127
"""The status of a program that is not there (timeout(1), POSIX sh)."""
_VERSION = re.compile(r"version ([0-9][0-9A-Za-z.~+-]*)")
_TROUBLES = (
    ("mismatch", "version mismatch"),
    ("no-gpu", "No devices were found"),
    ("not-loaded", "couldn't communicate with the NVIDIA driver"),
)
"""What nvidia-smi says where it cannot answer, and what that means."""


@dataclass(frozen=True)
class Gpu:
    """One GPU, in nvidia-smi's words: `memory` is all of it (`24564 MiB`)."""

    name: str
    memory: str
    uuid: str


@dataclass(frozen=True)
class NvidiaSeen:
    """What there is. `trouble` is why nvidia-smi knows no GPU: absent, mismatch, no-gpu, not-loaded; empty: it does.

    `toolkit` is empty where there is none; `specs` has by path the driver's version it was generated for, `unknown`
    where it names none, `other` where no file is there; `devices` are what CDI knows, podman's names of them.
    """

    asked: bool = False
    driver: str = ""
    gpus: tuple[Gpu, ...] = ()
    trouble: str = ""
    toolkit: str = ""
    specs: Mapping[str, str] = field(default_factory=dict)
    devices: tuple[str, ...] = ()


def read(section: Section) -> NvidiaSeen:
    """Type the `nvidia` section."""
    if section.need("asked") != "yes":
        return NvidiaSeen()
    gpus, toolkit, devices = (section.block(name) for name in ("gpus", "toolkit", "devices"))
    rows = [] if (trouble := _trouble(gpus)) else [_row(line) for line in gpus.must().out if line.strip()]
    if not trouble and not rows:
        trouble = "no-gpu"
    return NvidiaSeen(
        True,
        rows[0][0] if rows else "",
        tuple(gpu for _, gpu in rows),
        trouble,
        _toolkit(toolkit),
        dict(fact.rsplit(" ", 1) for fact in section.all("spec")),
        tuple(line.strip() for line in devices.out if "=" in line) if devices.status == 0 else (),
    )


def _trouble(block: Block) -> str:
    if block.status == ABSENT:
        return "absent"
    said = "\n".join((*block.out, *block.err))
    return next((name for name, words in _TROUBLES if words in said), "")


def _row(line: str) -> tuple[str, Gpu]:
    words = [word.strip() for word in line.split(",")]
    if len(words) != 4:
        raise Unreadable(f"nvidia-smi said {line[:80]!r}, not a driver's version, a name, memory and a UUID")
    return words[0], Gpu(*words[1:])


def _toolkit(block: Block) -> str:
    if block.status == ABSENT:
        return ""
    match = _VERSION.search(block.must().text)
    if match is None:
        raise Unreadable(f"nvidia-ctk said {block.text[:80]!r}, which names no version")
    return match[1]
