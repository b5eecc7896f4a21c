"""What a lab file says, merged and validated: the Lab and its Macs."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from carbon_fleet.spec.base import Problem
from carbon_fleet.spec.given import Given
from carbon_fleet.spec.locked import LockedSet, LockFile
from carbon_fleet.spec.quantity import Duration
from carbon_fleet.spec.registry import Registry
from carbon_fleet.spec.runtime import DEFAULT, LINUX, RuntimeName
from carbon_fleet.spec.waiver import Waiver

M = TypeVar("M", bound=BaseModel)
LOCAL = "local"


class Position(NamedTuple):
    """Where a value was written: line and column count from 1; `layer` is `defaults`, `group NAME` or a Mac's name.

    A value nobody wrote has line 0, column 0 and the layer `built in`.
    """

    file: str
    line: int
    column: int
    layer: str


BUILT_IN = "built in"


@dataclass(frozen=True)
class Mac:
    """One host's fully merged, validated wish.

    `host` is an address, a name, or `local` for this machine. `key` is the private key's path, `host_key` the
    pinned public host key (`ssh-ed25519 AAAA…`), `known_hosts` a file that holds it, `mirror` the address of the site
    mirror it has everything from. `given` are the values of
    secrets that are looked up elsewhere, for verbs that need them: no part of the wish, of its digest or of any text.
    """

    name: str
    host: str = LOCAL
    lab: str = "lab"
    user: str | None = None
    port: int = 22
    key: str | None = None
    host_key: str | None = None
    known_hosts: str | None = None
    groups: tuple[str, ...] = ()
    accept_software_gpu: bool = False
    runtime: RuntimeName = DEFAULT
    build_on: str | None = None
    platform: str | None = None
    registry: Registry | None = None
    mirror: str | None = None
    sections: Mapping[str, BaseModel] = field(default_factory=lambda: MappingProxyType({}))
    given: Mapping[str, Given] = field(default_factory=lambda: MappingProxyType({}), repr=False, compare=False)
    builder: "Mac | None" = field(default=None, repr=False, compare=False)
    """The Mac that builds this one's images, as `build_on` says; None where it builds them itself."""
    builds_for: tuple[str, ...] = field(default=(), repr=False, compare=False)
    """The Macs whose builder this one is."""
    waivers: tuple[Waiver, ...] = field(default=(), repr=False, compare=False)
    """The lab's waivers that are about this Mac: no part of the wish or of its digest."""
    report_interval: Duration | None = None
    """How long nobody need have looked at it; None: nobody minds."""
    locked: LockedSet | None = field(default=None, repr=False, compare=False)
    """What the lab's lock file says of it: no part of the wish or of its digest. None: nothing."""
    folder: Path = field(default=Path(), repr=False, compare=False)
    """Where the lab file lies, and what it names beside it: no part of the wish or of its digest."""

    @property
    def local(self) -> bool:
        """Whether this Mac is the machine carbon-fleet runs on."""
        return self.host == LOCAL

    @property
    def linux(self) -> bool:
        """Whether it is a Linux host, which runs its containers itself, and no Mac."""
        return self.runtime == LINUX

    @property
    def intel(self) -> bool:
        """Whether it is said to be a Mac with an Intel processor."""
        return not self.linux and self.platform == "linux/amd64"

    def section(self, key: str, model: type[M]) -> M:
        """The section `key`, which is of type `model`. LookupError when the lab was loaded without such a section."""
        found = self.sections.get(key)
        if not isinstance(found, model):
            raise LookupError(f"{self.name} was loaded without the section `{key}` of type {model.__name__}")
        return found

    def wish(self) -> dict[str, Any]:
        """Everything wished of this Mac as plain JSON values, defaults included."""
        own = {name: getattr(self, name) for name in SETTINGS if getattr(self, name) not in (None, ())}
        own = {name: list(value) if isinstance(value, tuple) else value for name, value in own.items()}
        if self.report_interval is not None:
            own["report_interval"] = str(self.report_interval)
        if self.registry is not None:
            own["registry"] = self.registry.model_dump(mode="json")
        return {**own, **{key: model.model_dump(mode="json") for key, model in self.sections.items()}}

    @cached_property
    def digest(self) -> str:
        """The sha256 (hex) of this wish as canonical JSON: equal wishes have equal digests."""
        wish = {"lab": self.lab, "name": self.name, **self.wish()}
        return hashlib.sha256(json.dumps(wish, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


SETTINGS = (
    *("host", "user", "port", "key", "host_key", "known_hosts", "groups"),
    *("accept_software_gpu", "runtime", "build_on", "platform", "mirror"),
)


class SectionSpec(NamedTuple):
    """A section a Mac may have: its key, its model, and the checks that need the whole Mac's wish.

    `check(model, mac)` yields Problems whose paths start at the Mac, so they start with a section's key. Before it,
    `under(model, mac)` gives the section as it is on this Mac, where what the Mac says of itself goes into it.
    """

    key: str
    model: type[BaseModel]
    check: Callable[[Any, Mac], Iterable[Problem]] | None = None
    under: Callable[[Any, Mac], Any] | None = None


@dataclass(frozen=True)
class Lab:
    """A lab file, merged and valid. `macs` keeps the file's order."""

    name: str
    path: Path
    macs: Mapping[str, Mac]
    trace: Callable[[str, tuple[str | int, ...]], Position] = field(repr=False, compare=False)
    waivers: tuple[Waiver, ...] = ()
    locked: LockFile | None = None
    """What its lock file says; None where it has none."""

    def mac(self, name: str) -> Mac:
        """The Mac of this name; KeyError when the lab has none."""
        return self.macs[name]

    @property
    def digest(self) -> str:
        """The sha256 (hex) over the wishes of all its Macs: it changes when any of them does."""
        wishes = {name: mac.digest for name, mac in self.macs.items()}
        return hashlib.sha256(json.dumps([self.name, wishes], sort_keys=True).encode()).hexdigest()

    @property
    def lock_path(self) -> Path:
        """Where its lock file is, or would be: `LAB.lock.yml` beside the lab file."""
        return self.path.with_suffix(".lock.yml")

    @cached_property
    def lock(self) -> str | None:
        """The sha256 (hex) of the lab's lock file; None where it has none."""
        try:
            return hashlib.sha256(self.lock_path.read_bytes()).hexdigest()
        except OSError:
            return None

    def origin(self, mac: str, path: tuple[str | int, ...]) -> Position:
        """Where the value at `path` of a Mac's wish was written, or that it is built in."""
        return self.trace(mac, path)
