"""What was last applied to a Mac, as it is noted there itself, so that any controller can tell why it differs now.

One file a lab: `~/.local/state/carbon-fleet/applied-LAB.json`. Its times are people's to read; nothing is decided by a
clock: what was wished and which versions there were is compared as it is.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from carbon_fleet.plan.command import Command, Where
from carbon_fleet.plan.files import FileWish, write_file
from carbon_fleet.plan.registry import resources, resources_of
from carbon_fleet.plan.resource import Resource
from carbon_fleet.snapshot import Section, Snapshot, Unreadable
from carbon_fleet.snapshot.files import files_in
from carbon_fleet.spec import Mac

FORMAT_VERSION = 1
ADDRESS = "record"
MACOS = "macos"
"""What `moved_by` calls the version of macOS, which is no resource's."""


@dataclass(frozen=True)
class Applied:
    """The record: which run of whom applied what to this Mac, and when (UTC, by the controller's clock).

    `spec` is the digest of the Mac's whole wish, `lock` of the lab's lock file, `version` carbon-fleet's own. `parts`
    has 16 hex digits for every wished thing that came to be as wished, by its address; `versions` what was seen then
    of what moves by itself.
    """

    run: str
    when: str
    by: str
    spec: str
    lock: str | None = None
    version: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def told(self) -> dict[str, Any]:
        """What a Report tells of it."""
        return {"run": self.run, "when": self.when, "by": self.by, "spec": self.spec}

    def says(self, other: "Applied | None") -> bool:
        """Whether another record says the same of the Mac, whoever wrote it and when."""
        return other is not None and replace(other, run=self.run, when=self.when, by=self.by) == self


def read(section: Section) -> Applied | None:
    """The record in the `record` section; None where there is none. Raises `Unreadable` where it is no such thing."""
    if big := [path for path in section.all("big") if "/found-" not in path]:
        raise Unreadable(f"{big[0]} is larger than any record")
    seen = next((one for path, one in files_in(section).items() if "/found-" not in path), None)
    if seen is None or seen.kind == "absent":
        return None
    if seen.kind != "regular":
        raise Unreadable(f"{seen.path} is a {seen.kind}, not a regular file")
    try:
        return _applied(json.loads(seen.content))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"{seen.path} is not a record of this version: {error!r}") from error


def path_of(lab: str) -> str:
    """Where a Mac keeps the record of a lab."""
    return f"~/.local/state/carbon-fleet/applied-{lab}.json"


def others(snapshot: Snapshot) -> dict[str, str]:
    """What other labs have applied to this Mac, by address the lab: stacks and environments, which tell no lab's name.

    What could not be read tells nothing.
    """
    section = snapshot.sections.get(ADDRESS)
    facts = (fact.rpartition(" ") for fact in (section.all("other") if section else ()))
    return {address: lab for lab, _, address in facts}


def _applied(said: Any) -> Applied:
    if said["format_version"] != FORMAT_VERSION:
        raise ValueError(f"its format is {said['format_version']!r}")
    words = {name: str(said[name]) for name in ("run", "when", "by", "spec", "version")}
    maps = {name: {str(key): str(value) for key, value in said[name].items()} for name in ("parts", "versions")}
    return Applied(lock=None if said["lock"] is None else str(said["lock"]), **words, **maps)  # type: ignore[arg-type]


def write(applied: Applied, mac: Mac) -> Command:
    """The command that puts the record into its place, whole or not at all, for the login user alone."""
    content = json.dumps({"format_version": FORMAT_VERSION, "lab": mac.lab, "mac": mac.name, **asdict(applied)})
    return replace(
        write_file(FileWish(path_of(mac.lab), content + "\n", "0600"), Where.MAC), says="note what was applied"
    )


def parts(mac: Mac) -> dict[str, str]:
    """Every wished thing of a Mac by its address, as 16 hex digits that differ when the wish does."""
    wishes = {address: wish for resource in resources_of(mac) for address, wish in resource.intents(mac).items()}
    return {address: _digest(wish) for address, wish in sorted(wishes.items())}


def _digest(wish: Any) -> str:
    text = json.dumps(wish, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def part_of(address: str, known: Iterable[str]) -> str:
    """The narrowest of the `known` parts that an address belongs to; its resource's when there is none."""
    names = frozenset(known)
    return next((part for part in _outwards(address) if part in names), address.partition(".")[0])


def _outwards(address: str) -> Iterator[str]:
    while address:
        yield address
        address = address.rpartition(".")[0]


def versions(snapshot: Snapshot) -> dict[str, str]:
    """What moves by itself on a Mac, as one look saw it: by address. What could not be read is left out."""
    found = macos(snapshot)
    for resource in resources():
        found |= versions_of(resource, snapshot)
    return dict(sorted(found.items()))


def versions_of(resource: Resource[Any, Any], snapshot: Snapshot) -> Mapping[str, str]:
    """What moves by itself of one resource."""
    try:
        return resource.versions(resource.observe(snapshot)) if resource.moves else {}
    except Unreadable:
        return {}


def macos(snapshot: Snapshot) -> dict[str, str]:
    """What `sw_vers` said, as in `26.1 (25B78)`."""
    section = snapshot.sections.get(ADDRESS)
    block = section.blocks.get("macos") if section else None
    said = {name: value.strip() for name, _, value in (line.partition(":") for line in (block.out if block else ()))}
    if not said.get("ProductVersion"):
        return {}
    return {MACOS: f"{said['ProductVersion']} ({said.get('BuildVersion', 'no build')})"}
