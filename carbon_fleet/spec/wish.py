"""From a lab's layers to its Macs: merge, validate, check."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from types import MappingProxyType

from pydantic import BaseModel

from carbon_fleet.spec.access import Access
from carbon_fleet.spec.base import Problem
from carbon_fleet.spec.builders import linked
from carbon_fleet.spec.keys import nearest
from carbon_fleet.spec.layers import Faults, Layers
from carbon_fleet.spec.mac import LOCAL, Mac, SectionSpec
from carbon_fleet.spec.merge import merge
from carbon_fleet.spec.parse import shortened
from carbon_fleet.spec.section import Validator
from carbon_fleet.spec.tree import Entry, Items, Node, Path, Scalar, Table, child, empty


@dataclass
class Wishes:
    """The merged wishes of a lab's Macs; what Macs have in common is merged and validated once."""

    parts: Layers
    sections: Sequence[SectionSpec]
    faults: Faults
    validator: Validator = field(default_factory=Validator)
    merged: dict[tuple[int, ...], Node | None] = field(default_factory=dict)

    def macs(self) -> dict[str, Mac]:
        """The Macs that are valid as far as they go; everything else is in `faults`."""
        self.shared_layers()
        found = [self.mac(name, table) for name, table in self.parts.macs.items()]
        keys = {each.key for each in self.sections}
        built = linked([mac for mac in found if mac], self.parts.macs, self.parts.groups, keys, self._builder_fault)
        for mac in built:
            self._check(mac)
        macs = {mac.name: mac for mac in built if self._whole(mac)}
        self.logins(macs.values())
        self.twins(macs.values())
        return macs

    def shared_layers(self) -> None:
        """Find wrong values in defaults and groups even where every Mac overrides them or no Mac uses them."""
        for layer in (self.parts.defaults, *self.parts.groups.values()):
            for section in self.sections:
                self._values(section.model, section.key, self.section(section.key, [layer]))
            self._values(Access, "", self._access([layer]))

    def _values(self, model: type[BaseModel], key: str, node: Node | None) -> None:
        if node is None:
            return
        for found in self.validator.validate(model, node, node)[1]:
            if isinstance(found.node, Scalar | Entry) and found.kind != "missing":
                self.faults.add(found.node, (key, *found.path) if key else found.path, *found.words)

    def layers(self, table: Table) -> list[Table]:
        """The layers of one Mac, weakest first."""
        return [self.parts.defaults, *(self.parts.groups[name] for name in self.groups(table)), table]

    def groups(self, table: Table) -> tuple[str, ...]:
        """The groups a Mac lists; one that is not defined is a fault."""
        entry = table.entries.get("groups")
        if entry is None or empty(entry.node):
            return ()
        if not isinstance(entry.node, Items):
            self.faults.add(entry.node, ("groups",), "`groups` is a list", write="write `groups: [NAME]`")
            return ()
        return tuple(name for index, item in enumerate(entry.node.items) for name in self._group(item, index))

    def _group(self, item: Node, index: int) -> Iterator[str]:
        name = item.text if isinstance(item, Scalar) else "this"
        if name in self.parts.groups:
            yield name
        else:
            what = f"`{shortened(name)}` is not a group of this lab"
            self.faults.add(item, ("groups", index), what, write=nearest(name, list(self.parts.groups)))

    def section(self, key: str, layers: Sequence[Table]) -> Node | None:
        """The merged value of one key; None when nobody wrote it or the last one removed it."""
        written = [layer.entries[key].node for layer in layers if key in layer.entries]
        known = tuple(map(id, written))
        if known not in self.merged:
            node: Node | None = None
            for each in written:
                node = merge(node, each)
            self.merged[known] = None if empty(node) else node
        return self.merged[known]

    def _access(self, layers: Sequence[Table]) -> Table:
        here = layers[-1]
        merged = {key: self.section(key, layers) for key in Access.model_fields}
        entries = {key: Entry(node.line, node.column, node) for key, node in merged.items() if node is not None}
        return Table(here.line, here.column, entries)

    def mac(self, name: str, table: Table) -> Mac | None:
        """One Mac with the sections that are valid, or None where nobody could reach it; what is wrong is named."""
        layers = self.layers(table)
        access = self._validated(Access, "", self._access(layers), table)
        models = {
            each.key: self._validated(each.model, each.key, self.section(each.key, layers), table)
            for each in self.sections
        }
        complete = {key: model for key, model in models.items() if model is not None}
        if not isinstance(access, Access):
            return None
        known = {**access.__dict__, "lab": self.parts.name, "groups": self.groups(table)}
        known["folder"] = FilePath(self.faults.file).parent
        mac = Mac(name=name, sections=MappingProxyType(complete), **known)
        return replace(mac, sections=MappingProxyType(dict(self._under(mac))))

    def _under(self, mac: Mac) -> Iterator[tuple[str, BaseModel]]:
        for key, model in mac.sections.items():
            under = next((each.under for each in self.sections if each.key == key), None)
            yield key, under(model, mac) if under else model

    def _whole(self, mac: Mac) -> bool:
        return len(mac.sections) == len({each.key for each in self.sections})

    def _check(self, mac: Mac) -> None:
        for each in self.sections:
            for problem in self._checked(each, mac):
                self._problem(problem, self.parts.macs[mac.name])

    def _builder_fault(self, mac: Mac, what: str, why: str, write: str) -> None:
        self._problem(Problem(("build_on",), what, why, write), self.parts.macs[mac.name])

    def _checked(self, section: SectionSpec, mac: Mac) -> list[Problem]:
        """What the section's own check finds; nothing where it needs a section that is itself wrong."""
        if section.check is None or section.key not in mac.sections:
            return []
        try:
            return list(section.check(mac.sections[section.key], mac))
        except LookupError:
            if self._whole(mac):
                raise
            return []

    def _validated(self, model: type[BaseModel], key: str, node: Node | None, table: Table) -> BaseModel | None:
        valid, found = self.validator.validate(model, node, table)
        for each in found:
            self.faults.add(each.node, (key, *each.path) if key else each.path, *each.words)
        return valid

    def _problem(self, problem: Problem, table: Table) -> None:
        node, _ = self.locate(table, problem.path)
        self.faults.add(node, problem.path, problem.what, problem.why, problem.write)

    def locate(self, table: Table, path: Path) -> tuple[Node, int]:
        """The written value nearest to `path` of a Mac, and how many of the path's steps lead there."""
        node = self.section(str(path[0]), self.layers(table)) if path else None
        if node is None:
            return table, 0
        for steps, step in enumerate(path[1:], start=1):
            below = child(node, step)
            if below is None:
                return node, steps
            node = below
        return node, len(path)

    def logins(self, macs: Collection[Mac]) -> None:
        """Every Mac that is reached over SSH needs a user."""
        lacking = [mac.name for mac in macs if mac.user is None and mac.host != LOCAL]
        if lacking:
            more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
            what = f"nobody is named to log in to `{lacking[0]}`{more} as"
            write = "write `user: NAME` at the Mac, in a group or in `defaults`"
            self.faults.add(self.parts.macs[lacking[0]], ("user",), what, write=write)

    def twins(self, macs: Collection[Mac]) -> None:
        """Two names for one login would have two wishes for one thing."""
        first: dict[tuple[str, int, str | None], str] = {}
        for mac in macs:
            other = first.setdefault((mac.host.lower(), mac.port, mac.user), mac.name)
            if other != mac.name:
                node, _ = self.locate(self.parts.macs[mac.name], ("host",))
                what = f"`{mac.name}` is the same host, port and user as `{other}`"
                self.faults.add(node, ("host",), what, "one Mac cannot have two wishes", "remove one of the two")
