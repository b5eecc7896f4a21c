"""YAML text to a tree of positioned values, in one pass over libyaml's events.

No recursion and no construction: anchors, aliases, merge keys and tags are refused, so nothing a file says can grow
beyond its own length or make an object.
"""

from dataclasses import dataclass, field
from typing import Any

import yaml

from carbon_fleet.spec.document import check_characters
from carbon_fleet.spec.errors import LabError, LabFault
from carbon_fleet.spec.scalar import AmbiguousError, resolve
from carbon_fleet.spec.tree import Entry, Items, Node, Path, Scalar, Table, dotted

DEPTH = 32
VALUES = 2_000_000
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(slots=True)
class _Open:
    """A list or map whose end has not come yet; `key` is the map's key that waits for its value."""

    node: Table | Items
    key: Scalar | None = None
    waiting: bool = False


@dataclass
class _Builder:
    file: str
    faults: list[LabFault] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    roots: list[Node] = field(default_factory=list)
    values: int = 0

    def fault(self, line: int, column: int, what: str, why: str = "", write: str = "") -> None:
        self.faults.append(LabFault(self.file, line, column, key_path(self.path()), what, why, write))

    def path(self) -> Path:
        steps = (
            each.key.text if each.key else len(each.node.items) if isinstance(each.node, Items) else None
            for each in self.open
        )
        return tuple(step for step in steps if step is not None)

    def event(self, event: Any) -> None:
        """Take one event of the parser."""
        if isinstance(event, yaml.ScalarEvent):
            self.put(self.scalar(event))
        elif isinstance(event, yaml.AliasEvent):
            self.alias(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self.begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self.put(self.open.pop().node)
        elif isinstance(event, yaml.DocumentStartEvent) and self.roots:
            line, column = _at(event)
            raise self.stop(line, column, "a second document starts here", "a lab is one document", "remove the `---`")

    def begin(self, event: Any) -> None:
        line, column = _at(event)
        if len(self.open) >= DEPTH:
            raise self.stop(line, column, f"this is nested more than {DEPTH} deep", "no lab needs that")
        self.decorated(event)
        mapping = isinstance(event, yaml.MappingStartEvent)
        self.open.append(_Open(Table(line, column, {}) if mapping else Items(line, column, [])))

    def scalar(self, event: Any) -> Scalar:
        line, column = _at(event)
        self.decorated(event)
        text = str(event.value)
        if event.style or event.tag:
            return Scalar(line, column, text, text)
        try:
            return Scalar(line, column, resolve(text), text)
        except AmbiguousError as ambiguous:
            self.fault(
                line, column, f"`{shortened(text)}` is ambiguous", str(ambiguous), shortened(ambiguous.write, 120)
            )
            return Scalar(line, column, text, text)

    def alias(self, event: Any) -> None:
        line, column = _at(event)
        self.fault(
            line,
            column,
            f"`*{shortened(event.anchor)}` is an alias, and a lab file has none",
            "where a value comes from must be plain to see",
            "put what several Macs share into `groups`",
        )
        self.put(Scalar(line, column, f"*{event.anchor}", f"*{event.anchor}"))

    def decorated(self, event: Any) -> None:
        """Name an anchor or a tag on a value."""
        line, column = _at(event)
        if event.anchor:
            what = f"`&{shortened(event.anchor)}` is an anchor, and a lab file has none"
            self.fault(line, column, what, "aliases are refused too", "remove it")
        if event.tag:
            tag = shortened(event.tag.replace("tag:yaml.org,2002:", "!!"))
            write = "remove it, and put text that looks like something else in quotes"
            self.fault(line, column, f"`{tag}` is a tag, and a lab file has none", write=write)

    def put(self, node: Node) -> None:
        """Hang a finished value where it belongs."""
        self.values += 1
        if self.values > VALUES:
            raise self.stop(node.line, node.column, f"there are more than {VALUES} values", "no lab is that large")
        if not self.open:
            self.roots.append(node)
        elif isinstance(self.open[-1].node, Items):
            self.open[-1].node.items.append(node)
        elif self.open[-1].waiting:
            self.close(self.open[-1], self.open[-1].node, node)
        else:
            self.open[-1].waiting = True
            self.open[-1].key = self.key(node)

    def key(self, node: Node) -> Scalar | None:
        """The key `node` is, or None after naming why it cannot be one."""
        if not isinstance(node, Scalar):
            self.fault(node.line, node.column, "this key is a list or a map", write="write a word as the key")
            return None
        if node.text == "<<" and node.value == "<<":
            why = "what several Macs share is said once, in a group"
            self.fault(node.line, node.column, "merge keys (`<<`) are not used here", why, "put it into `groups`")
            return None
        if not isinstance(node.value, str):
            text = shortened(node.text)
            what = f"the key `{text}` is not text to YAML" if text else "a key is empty"
            self.fault(node.line, node.column, what, write=f'write `"{text}":`' if text else "write a word as the key")
        return node

    def close(self, top: _Open, table: Table, value: Node) -> None:
        key = top.key
        before = table.entries.get(key.text) if key else None
        if key and before:
            what = f"`{shortened(key.text)}` is written twice, the first time on line {before.line}"
            self.fault(key.line, key.column, what, "one of them would be lost", "remove one of the two")
        if key:
            table.entries[key.text] = Entry(key.line, key.column, value)
        top.waiting, top.key = False, None

    def stop(self, line: int, column: int, what: str, why: str = "", write: str = "") -> LabError:
        """The error of a file that cannot be read any further: that fault and those before it."""
        self.fault(line, column, what, why, write)
        return LabError(tuple(sorted(self.faults)))


def parse(text: str, file: str) -> tuple[Node | None, list[LabFault]]:
    """The tree of a YAML text (None when it is empty) and the faults that did not stop the reading. Raises LabError."""
    check_characters(text, file)
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.event(event)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(builder, error, text) from None
    return (builder.roots[0] if builder.roots else None), builder.faults


def key_path(path: Path) -> str:
    """A path of the file as a key path: without the layer, when there is a key below it."""
    layer = {"defaults": 1, "groups": 2, "macs": 2}.get(str(path[0]), 0) if path else 0
    return shortened(dotted(path[layer:] if len(path) > layer else path), 200)


def shortened(text: str, limit: int = 60) -> str:
    """Text for a message: one line, printable, and not longer than people read."""
    line = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in " ".join(text[:1000].split()))
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def _at(event: Any) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _not_yaml(builder: _Builder, error: yaml.MarkedYAMLError, text: str) -> LabError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.splitlines()
    written = lines[line - 1] if line <= len(lines) else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return builder.stop(line, column, "the line is indented with a tab", "YAML indents with spaces", "use spaces")
    if column > 1 and written[column - 1 : column] in ("@", "`", "%"):
        what = f"a value cannot start with `{written[column - 1]}` unless it is in quotes"
        return builder.stop(line, column, what, write="put it in quotes")
    context = f" {error.context}" if error.context else ""
    why = f"the reader says: {error.problem}{context}"
    write = "look at this line and the one before for a missing quote, colon, bracket or space"
    return builder.stop(line, column, "this is not YAML", why, write)
