"""Read a lab file: parse, merge, validate, and name every mistake."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import MappingProxyType

from carbon_fleet.spec import document, tree
from carbon_fleet.spec.errors import LabError
from carbon_fleet.spec.layers import Faults, layers
from carbon_fleet.spec.lockfile import with_lock
from carbon_fleet.spec.mac import BUILT_IN, Lab, Position, SectionSpec
from carbon_fleet.spec.parse import parse
from carbon_fleet.spec.waivers import waivers_of, with_waivers
from carbon_fleet.spec.wish import Wishes


def load_lab(path: Path, sections: Sequence[SectionSpec]) -> Lab:
    """The lab in the file `path`, with its lock file. Raises LabError with everything that is wrong with either."""
    return with_lock(lab_from_text(document.read_text(path), sections, str(path)))


def lab_from_text(text: str, sections: Sequence[SectionSpec], file: str = "lab.yml") -> Lab:
    """The lab written in `text`; `file` is the name its errors carry. Raises LabError."""
    root, found = parse(text.removeprefix("\ufeff"), file)
    faults = Faults(file, found, settled={(fault.line, fault.column) for fault in found})
    parts = layers(root, [section.key for section in sections], faults)
    wishes = Wishes(parts, sections, faults)
    macs = wishes.macs()
    waivers = waivers_of(
        parts.waivers, {name: wishes.groups(of) for name, of in parts.macs.items()}, parts.groups, faults
    )
    if faults.found:
        raise LabError(tuple(sorted(faults.found)))
    covered = MappingProxyType(with_waivers(macs, waivers))
    return Lab(parts.name, Path(file), covered, _trace(wishes, file), waivers)


def _trace(wishes: Wishes, file: str) -> Callable[[str, tree.Path], Position]:
    def trace(mac: str, path: tree.Path) -> Position:
        node, steps = wishes.locate(wishes.parts.macs[mac], path)
        # A model may give a written list or word another shape; that word is still where its values come from.
        if steps < len(path) and (steps == 0 or isinstance(node, tree.Table)):
            return Position(file, 0, 0, BUILT_IN)
        return Position(file, node.line, node.column, wishes.parts.layer(node))

    return trace
