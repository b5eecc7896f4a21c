"""Why a Mac is not as wished: what was last applied there, what is wished now, and what moved by itself since."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fnmatch import fnmatchcase

from carbon_fleet import __version__
from carbon_fleet.plan import applied as record
from carbon_fleet.plan.applied import Applied, part_of
from carbon_fleet.plan.change import Attribute, Change, Refusal
from carbon_fleet.plan.registry import resources
from carbon_fleet.plan.resource import ITSELF
from carbon_fleet.snapshot import Snapshot, Unreadable
from carbon_fleet.spec import Mac


class Cause(StrEnum):
    """Why a Mac is not as wished, as far as what was last applied there and what moved since can tell."""

    INTENDED = "intended"
    """The lab file, or its lock, changed since."""
    CORRECTIVE = "corrective"
    """The wish is the one last applied: the Mac was changed."""
    ENVIRONMENT = "environment"
    """macOS, Homebrew or an automatic update moved it; the Change's `evidence` names what shows it."""
    UNKNOWN = "unknown"
    """Nothing says what was last applied there."""


NO_RECORD = "nothing notes what was last applied to this Mac"


@dataclass(frozen=True)
class Causes:
    """What tells why one Mac differs. `why` is set where `applied` is None: what is the matter with the record."""

    applied: Applied | None
    why: str
    lock: str | None
    parts: Mapping[str, str]
    versions: Mapping[str, str]

    def of(self, change: Change) -> tuple[Cause, str]:
        """The cause of a Change, and what shows it."""
        last = self.applied
        if last and (shown := self._intended(change, last)):
            return Cause.INTENDED, shown
        if change.event:
            return Cause.ENVIRONMENT, change.event
        if last is None:
            return Cause.UNKNOWN, self.why
        if shown := self._environment(change, last):
            return Cause.ENVIRONMENT, shown
        if last.version != __version__:
            return Cause.UNKNOWN, f"carbon-fleet was {last.version} when it was applied, and is {__version__}"
        return Cause.CORRECTIVE, ""

    def refused(self, refusal: Refusal) -> Refusal:
        """The Refusal, which also says what moved by itself at its address since the last apply."""
        last = self.applied.versions.get(refusal.address) if self.applied else None
        now = self.versions.get(refusal.address)
        if last is None or now is None or last == now:
            return refusal
        return replace(refusal, why=f"{refusal.why}; since the last apply it moved: {last} → {now}")

    def _intended(self, change: Change, last: Applied) -> str:
        part = part_of(change.address, (*self.parts, *last.parts))
        if part not in last.parts:
            return f"`{part}` was not applied yet"
        if part not in self.parts:
            return f"`{part}` is wished no more"
        if self.parts[part] == last.parts[part]:
            return ""
        lock = ", as did the lab's lock file, which pins" if self.lock != last.lock else ""
        return f"the wish for `{part}` changed since it was applied{lock}"

    def _environment(self, change: Change, last: Applied) -> str:
        """What moved by itself and explains every attribute that differs; empty where one is not explained."""
        moved = {key: old for key, old in last.versions.items() if self.versions.get(key, old) != old}
        shown: dict[str, None] = {}
        for attribute in change.attributes:
            found = [key for key in moved if _explains(key, change.address, attribute)]
            if not found:
                return ""
            shown |= dict.fromkeys(found)
        return "; ".join(f"{key}: {moved[key]} → {self.versions[key]}" for key in shown)


def explains(key: str, change: Change) -> bool:
    """Whether the version called `key` may be what moved something of a Change."""
    return any(_explains(key, change.address, attribute) for attribute in change.attributes)


def _explains(key: str, address: str, attribute: Attribute) -> bool:
    for attributes, keys in _moved_by(address).items():
        if fnmatchcase(f"{address}.{attribute.name}", attributes):
            return any(address == key if each == ITSELF else fnmatchcase(key, each) for each in keys)
    return False


def _moved_by(address: str) -> Mapping[str, tuple[str, ...]]:
    name = address.partition(".")[0]
    return next((resource.moved_by for resource in resources() if resource.name == name), {})


def causes(mac: Mac, snapshot: Snapshot, lock: str | None) -> Causes:
    """What tells why this Mac differs, from one look at it. `lock` is the digest of the lab's lock file."""
    why, last = NO_RECORD, None
    try:
        last = record.read(snapshot.section(record.ADDRESS))
    except Unreadable as unreadable:
        why = f"what was last applied cannot be read: {unreadable}"
    if last is None:
        return Causes(None, why, lock, {}, {})
    return Causes(last, "", lock, record.parts(mac), record.versions(snapshot))
