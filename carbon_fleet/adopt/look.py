"""What the probe is asked besides the resources' questions, and its `adopt` section, typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from carbon_fleet.snapshot import Section, Snapshot
from carbon_fleet.snapshot.script import Question
from operations.lima.listing import COLIMA, profile

NAME = "adopt"


@dataclass(frozen=True)
class AdoptSeen:
    """A Mac as somebody left it.

    `machines` are all of the user's by name, each with its provider; `pkg` is the version of podman's own installation
    in /opt/podman ("" where it says none, None where there is no such), `krunkit_in_pkg` whether that brought krunkit,
    too; `desktop` where Podman Desktop is, `confs` podman's settings that are there.
    """

    name: str = ""
    machines: Mapping[str, str] = field(default_factory=dict)
    pkg: str | None = None
    krunkit_in_pkg: bool = False
    desktop: tuple[str, ...] = ()
    confs: tuple[str, ...] = ()
    instances: tuple[tuple[str, str, str], ...] = ()
    """Of Lima and Colima: kind, name (a profile of Colima's), and type of each."""


def question(machine: str | None) -> Question:
    """The section; it also decides which machine the other sections look at: `machine`, or the one in use."""
    return Question(NAME, variables={"CF_ADOPT_MACHINE": machine or ""})


def seen_in(snapshot: Snapshot) -> AdoptSeen:
    """Type the `adopt` section. Raises `Unreadable`."""
    section = snapshot.section(NAME)
    machines = (fact.split(" ", 1) for fact in section.all("machine"))
    return AdoptSeen(
        name=_said(section, "name"),
        # libkrun is named first, and podman takes the first of two of one name.
        machines={name: provider for provider, name in reversed(list(machines))},
        pkg=_said(section, "pkg").rpartition(" ")[2] if section.get("pkg") else None,
        krunkit_in_pkg=section.get("pkg_krunkit") is not None,
        desktop=section.all("desktop"),
        confs=section.all("conf"),
        instances=tuple(map(_instance, section.all("lima"))),
    )


def _instance(fact: str) -> tuple[str, str, str]:
    kind, folder, type_ = (*fact.split(" "), "", "")[:3]
    return kind, profile(folder) if kind == COLIMA else folder, type_


def _said(section: Section, block: str) -> str:
    found = section.blocks.get(block)
    return found.text.strip() if found and found.status == 0 else ""
