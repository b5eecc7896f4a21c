"""The models in a Mac's virtual machine as a probe saw them (`files/probe/model.sh`).

A probe does not read gigabytes: what was checked is noted with its size, time and inode, and while a file still has
these it is taken for the one that was checked. A file whose bytes were changed without any of the three shows only to
`verify`, which reads all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from carbon_fleet.snapshot import Section, Unreadable


@dataclass(frozen=True)
class ModelSeen:
    """A file of the store. `state` is its size, time and inode now, `checked` those it had when its sha256 was right.

    `mode` are four octal digits; `keeper` is `lab` or `bench`, whoever brought it, and empty where no note says so.
    """

    state: str
    mode: str
    checked: str = ""
    keeper: str = ""

    @property
    def right(self) -> bool:
        """Whether it is still what was checked."""
        return self.state == self.checked


@dataclass(frozen=True)
class ModelsSeen:
    """The store: files by their sha256, the sha256s that units name, and the bytes there are of copies cut off."""

    files: Mapping[str, ModelSeen] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    parts: Mapping[str, int] = field(default_factory=dict)


def read(section: Section) -> ModelsSeen:
    """Type the `model` section."""
    notes = dict(fact.partition(" ")[::2] for fact in section.all("checked"))
    files = dict(_file(fact, notes) for fact in section.all("model"))
    parts = dict(_part(fact) for fact in section.all("part"))
    return ModelsSeen(files, _named(section), parts)


def _part(fact: str) -> tuple[str, int]:
    sha256, _, size = fact.partition(" ")
    if not size.isdecimal():
        raise Unreadable(f"model: the size of a part could not be read: {fact!r}")
    return sha256, int(size)


def _named(section: Section) -> frozenset[str]:
    """The sha256s in units; a machine without a folder of units has no such block, and grep says 1 for none."""
    block = section.blocks.get("named")
    if block is None:
        return frozenset()
    lines = block.out if block.status == 1 else block.must().out
    return frozenset(line.rpartition("/")[2] for line in lines)


def _file(fact: str, notes: Mapping[str, str]) -> tuple[str, ModelSeen]:
    words = fact.split(" ")
    if len(words) != 5:
        raise Unreadable(f"model: a file's size and time could not be read: {fact!r}")
    sha256, *state, mode = words
    checked, _, keeper = notes.get(sha256, "").rpartition(" ")
    return sha256, ModelSeen(" ".join(state), mode.rjust(4, "0"), checked, keeper)
