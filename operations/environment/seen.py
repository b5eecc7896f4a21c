"""What the `environment` section says: links, what each leads to, what is installed, and what else lies there.

Nothing is started by looking: an installed package is a folder NAME-VERSION.dist-info (PyPA, "Recording installed
projects"), and Python's version is in pyvenv.cfg (PEP 405; uv writes `version_info`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from carbon_fleet.snapshot import Section, Unreadable


@dataclass(frozen=True)
class SlotSeen:
    """One made environment: `lock` is the sha256 and `wished` the Python its note names, empty where it has no note.

    `python` is the version pyvenv.cfg has, `runs` whether its interpreter is there, `base` the folder that came from;
    `packages` are (canonical name, version), one that is there twice twice.
    """

    lock: str = ""
    wished: str = ""
    python: str = ""
    runs: bool = False
    base: str = ""
    packages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class EnvironmentsSeen:
    """All that lies in the folder: links by name to the slot they lead to, what is no link, slots, uv's Pythons."""

    links: Mapping[str, str] = field(default_factory=dict)
    others: frozenset[str] = frozenset()
    slots: Mapping[str, SlotSeen] = field(default_factory=dict)
    pythons: tuple[str, ...] = ()

    def of(self, name: str) -> SlotSeen | None:
        """What the environment `name` leads to; None where there is none."""
        return self.slots.get(self.links.get(name, ""))

    def left(self, name: str) -> tuple[str, ...]:
        """The slots of `name` that it does not lead to: of a run that was cut off."""
        return tuple(slot for slot in self.slots if slot[:-2] == name and slot != self.links.get(name))


def read(section: Section) -> EnvironmentsSeen:
    """Type the `environment` section."""
    links = dict(_pair(fact) for fact in section.all("link"))
    slots = {slot: _slot(slot, section) for slot in section.all("slot")}
    return EnvironmentsSeen(links, frozenset(section.all("other")), slots, tuple(section.all("base")))


def _pair(fact: str) -> tuple[str, str]:
    name, _, rest = fact.partition(" ")
    return name, rest


def _slot(slot: str, section: Section) -> SlotSeen:
    told = {key: dict(_pair(fact) for fact in section.all(key)).get(slot, "") for key in ("note", "python", "home")}
    lock, _, wished = told["note"].partition(" ")
    runs = dict(_pair(fact) for fact in section.all("runs")).get(slot)
    if runs not in ("yes", "no"):
        raise Unreadable(f"environment: the answer about `{slot}` was cut off")
    installed = [fact for name, fact in map(_pair, section.all("package")) if name == slot]
    return SlotSeen(lock, wished, told["python"], runs == "yes", told["home"], tuple(_packages(installed)))


def _packages(folders: list[str]) -> Iterator[tuple[str, str]]:
    """Names and versions; what is no such name is kept as it is, so that it is seen to be strange."""
    for folder in sorted(folders):
        name, _, version = folder.removesuffix(".dist-info").removesuffix(".egg-info").partition("-")
        try:
            yield canonicalize_name(name), str(Version(version))
        except InvalidVersion:
            yield canonicalize_name(name), version
