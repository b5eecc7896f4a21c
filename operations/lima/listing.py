"""The instances of Lima or Colima on a Mac, as their folders and one listing tell them.

Sources: Lima's `pkg/limatype/lima_instance.go` and `cmd/limactl/list.go` (one JSON object a line; Running, Stopped,
Broken, Uninitialized, Installing; without an instance a warning and no line; one that cannot be loaded fails the whole
listing); Colima's `environment/vm/lima/limautil/instance.go` and `config/profile.go` (it lists what limactl does under
its own LIMA_HOME, by profile, without the type: that stands in the instance's lima.yaml).
"""

import json
from dataclasses import dataclass

from carbon_fleet.snapshot import Section, Unreadable

KRUNKIT = "krunkit"
"""The type of a virtual machine whose guest has the GPU."""
COLIMA = "colima"


@dataclass(frozen=True)
class Instance:
    """One instance: its name (Colima: the profile's), type and status; an empty status is not known.

    `version` is that of the Lima that made it; `runtime` Colima's container engine, told of one that runs.
    """

    name: str
    kind: str = ""
    status: str = ""
    version: str = ""
    runtime: str = ""

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self.status == "Running"

    @property
    def gpu(self) -> bool:
        """Whether its guest can have the GPU."""
        return self.kind == KRUNKIT


def instances_in(section: Section, kind: str) -> tuple[Instance, ...]:
    """The instances of `kind` (lima, colima) that a section with `files/lima/lib.sh` tells, by name."""
    found = {}
    for fact in section.all(f"{kind}_instance"):
        folder, _, type_ = fact.partition(" ")
        name = profile(folder) if kind == COLIMA else folder
        found[name] = Instance(name, "" if type_ == "null" else type_)
    for name, listed in _listed(section, kind).items():
        if name in found:
            found[name] = _with(found[name], listed)
    return tuple(found[name] for name in sorted(found))


def folder_of(kind: str, name: str) -> str:
    """The name of an instance's folder, and of it for limactl."""
    if kind != COLIMA:
        return name
    return COLIMA if name == "default" else f"{COLIMA}-{name}"


def profile(folder: str) -> str:
    """A Colima profile by its instance's folder."""
    return folder.removeprefix(f"{COLIMA}-") if folder != COLIMA else "default"


def trouble_in(section: Section, kind: str) -> str:
    """Why the listing failed, in its own last words; empty where it did not."""
    block = section.blocks.get(f"{kind}-list")
    if block is None or block.status == 0:
        return ""
    return next((line for line in reversed(block.err) if line.strip()), f"it ended with status {block.status}")[:300]


def _listed(section: Section, kind: str) -> dict[str, dict[str, str]]:
    block = section.blocks.get(f"{kind}-list")
    if block is None or block.status != 0:
        return {}
    rows = [_row(line, kind) for line in block.out if line.strip()]
    return {row["name"]: row for row in rows}


def _row(line: str, kind: str) -> dict[str, str]:
    try:
        said = json.loads(line)
        return {**{key: str(value) for key, value in said.items()}, "name": str(said["name"])}
    except (ValueError, KeyError, AttributeError, TypeError):
        raise Unreadable(f"the listing of {kind} said {line[:80]!r}") from None


def _with(one: Instance, row: dict[str, str]) -> Instance:
    kind = row.get("vmType") or one.kind
    return Instance(one.name, kind, row.get("status", ""), row.get("limaVersion", ""), row.get("runtime", ""))
