"""The parts of a lab file: its name, the defaults, the groups, the Macs; and whether each is what it should be."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from carbon_fleet.spec.access import KEYS, MAC_ONLY
from carbon_fleet.spec.errors import LabFault
from carbon_fleet.spec.keys import nearest
from carbon_fleet.spec.parse import key_path, shortened
from carbon_fleet.spec.tree import Entry, Node, Path, Scalar, Table, empty
from carbon_fleet.spec.words import is_name

TOP = ("lab", "defaults", "groups", "macs", "waivers")


@dataclass
class Faults:
    """The faults of one file; one that several Macs inherit is kept once."""

    file: str
    found: list[LabFault] = field(default_factory=list)
    seen: set[tuple[int, int, str, str]] = field(default_factory=set)
    settled: set[tuple[int, int]] = field(default_factory=set)

    def add(self, node: Node, path: Path, what: str, why: str = "", write: str = "") -> None:
        """Add a fault at `node`, unless that value was already found unreadable."""
        place = (node.line, node.column, key_path(path), what)
        if place not in self.seen and (node.line, node.column) not in self.settled:
            self.seen.add(place)
            self.found.append(LabFault(self.file, node.line, node.column, key_path(path), what, why, write))


@dataclass(frozen=True)
class Layers:
    """A lab file's parts. Keys that a layer cannot have are already named, and gone."""

    name: str
    defaults: Table
    groups: dict[str, Table]
    macs: dict[str, Table]
    starts: list[tuple[int, int, str]]
    waivers: Node | None = None

    def layer(self, node: Node) -> str:
        """The layer a value was written in."""
        index = bisect_right(self.starts, (node.line, node.column, "\U0010ffff"))
        return self.starts[index - 1][2] if index else "lab"


def layers(root: Node | None, sections: Sequence[str], faults: Faults) -> Layers:
    """The parts of the file whose tree is `root`; what is wrong with them goes to `faults`."""
    top = _table(root, (), faults, "a lab file", Scalar(1, 1, None, ""))
    for key, entry in top.entries.items():
        if key not in TOP:
            why = "the keys of a lab file are `lab`, `defaults`, `groups`, `macs` and `waivers`"
            faults.add(entry, (key,), f"`{shortened(key)}` is not a key here", why, _belongs(key, sections))
    here = root or Scalar(1, 1, None, "")
    defaults = _layer(_value(top, "defaults"), ("defaults",), sections, faults)
    groups = _named(top, "groups", sections, faults)
    macs = _named(top, "macs", sections, faults)
    if not macs and isinstance(root, Table):
        faults.add(
            _value(top, "macs") or here, ("macs",), "there are no Macs", write="write `macs: {mac-01: {host: …}}`"
        )
    return Layers(_lab_name(top, here, faults), defaults, groups, macs, _starts(top), _value(top, "waivers"))


def _belongs(key: str, sections: Sequence[str]) -> str:
    if key in sections or key in KEYS:
        return f"put `{key}` into `defaults`, a group or a Mac"
    return nearest(key, TOP)


def _value(table: Table, key: str) -> Node | None:
    entry = table.entries.get(key)
    return entry.node if entry else None


def _lab_name(top: Table, here: Node, faults: Faults) -> str:
    node = _value(top, "lab")
    if isinstance(node, Scalar) and isinstance(node.value, str):
        _check_name(node, node.value, ("lab",), faults)
        return node.value
    if isinstance(here, Table):
        what = "the lab has no name" if empty(node) else "the lab's name is not text"
        faults.add(node or here, ("lab",), what, write="write `lab: NAME` as the first line")
    return "lab"


def _check_name(node: Node, name: str, path: Path, faults: Faults) -> None:
    if not is_name(name):
        why = "a name is 1 to 30 of a-z, 0-9 and `-`, with no `-` at either end"
        faults.add(node, path, f"`{shortened(name)}` is not a name", why, "write one such as `mac-01`")


def _named(top: Table, part: str, sections: Sequence[str], faults: Faults) -> dict[str, Table]:
    table = _table(_value(top, part), (part,), faults, f"`{part}`")
    for name, entry in table.entries.items():
        _check_name(entry, name, (part, name), faults)
    return {name: _member(entry, (part, name), sections, faults) for name, entry in table.entries.items()}


def _member(entry: Entry, path: Path, sections: Sequence[str], faults: Faults) -> Table:
    table = _layer(entry.node, path, sections, faults)
    return Table(entry.line, entry.column, table.entries)


def _layer(node: Node | None, path: Path, sections: Sequence[str], faults: Faults) -> Table:
    table = _table(node, path, faults, "a layer")
    allowed = [*KEYS, *sections]
    kept: dict[str, Entry] = {}
    for key, entry in table.entries.items():
        if key not in allowed:
            faults.add(entry, (*path, key), f"`{shortened(key)}` is not a key here", write=nearest(key, allowed))
        elif key in MAC_ONLY and path[0] != "macs":
            why = f"each Mac has `{key}` of its own"
            faults.add(entry, (*path, key), f"`{key}` cannot be in `{path[0]}`", why, f"write `{key}` at the Mac")
        else:
            kept[key] = entry
    return Table(table.line, table.column, kept)


def _table(node: Node | None, path: Path, faults: Faults, name: str, missing: Node | None = None) -> Table:
    if isinstance(node, Table):
        return node
    if not empty(node) and node is not None:
        faults.add(node, path, f"{name} is a map, and this is not one", write="write `key: value` lines")
    elif missing is not None:
        start = "start with `lab: NAME` and `macs:`, or copy `inventories/lab.example.yml`"
        faults.add(missing, path, f"{name} cannot be empty", write=start)
    return Table(node.line if node else 1, node.column if node else 1, {})


def _starts(top: Table) -> list[tuple[int, int, str]]:
    found = [(entry.line, entry.column, key) for key, entry in top.entries.items()]
    for part, label in (("groups", "group "), ("macs", "")):
        table = _value(top, part)
        members = table.entries if isinstance(table, Table) else {}
        found += [(entry.line, entry.column, f"{label}{name}") for name, entry in members.items()]
    return sorted(found)
