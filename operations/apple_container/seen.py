"""What the `apple_container` section says: the tool, its services, and what of stacks is in it."""

import json
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from carbon_fleet.snapshot import Section, Unreadable
from carbon_fleet.snapshot.files import FileSeen, files_in
from operations.apple_container.jobs import PREFIX


@dataclass(frozen=True)
class ContainerSeen:
    """A container as `container list` tells it; `stack` is empty for one that no stack made.

    `age` is how many seconds ago it was started, None where it never was. `definition` is the digest of what it was
    made from, `secrets` the fingerprints of those it was made with.
    """

    state: str
    stack: str = ""
    name: str = ""
    definition: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    age: int | None = None


@dataclass(frozen=True)
class AppleSeen:
    """Apple's `container` on a Mac: `cli` is where the command is, `kernel` whether it has one to start machines with.

    `files` are the stacks' files by stack, `folder` whether the one they lie in is there, `plists` those of launchd
    jobs by container, `jobs` what launchd has loaded: the digest of what each job was made from. Of its services, only
    while they are `running`: `containers` by name, `images` the references of ours, `volumes` each with the stack it
    was made for ("" for others'), `health` the exit status of each container's check that was asked.
    """

    cli: str = ""
    version: str = ""
    running: bool = False
    kernel: bool = False
    containers: Mapping[str, ContainerSeen] = field(default_factory=dict)
    health: Mapping[str, int] = field(default_factory=dict)
    images: tuple[str, ...] = ()
    volumes: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, FileSeen] = field(default_factory=dict)
    plists: Mapping[str, FileSeen] = field(default_factory=dict)
    jobs: Mapping[str, str] = field(default_factory=dict)
    folder: bool = False

    @property
    def strangers(self) -> Mapping[str, str]:
        """None that is known: a container's image is not told."""
        return {}

    def without(self, stacks: Collection[str], containers: Collection[str] = ()) -> "AppleSeen":
        """The same but for what these stacks have, `containers` of theirs among it: something else sees to that."""
        own = {*containers, *(name for name, one in self.containers.items() if one.stack and one.stack in stacks)}
        own |= {name for stack in stacks if stack in self.files for name in _members(self.files[stack])}
        return replace(
            self,
            containers={name: one for name, one in self.containers.items() if name not in own},
            volumes={name: "" if stack in stacks else stack for name, stack in self.volumes.items()},
            files={stack: file for stack, file in self.files.items() if stack not in stacks},
            plists={name: file for name, file in self.plists.items() if name not in own},
            jobs={name: job for name, job in self.jobs.items() if name not in own},
        )


def read(section: Section) -> AppleSeen:
    """Type the `apple_container` section. Where nothing is wished and nothing of ours is there, nobody was asked."""
    if section.get("none") == "yes":
        return AppleSeen()
    files, cli = files_in(section), section.get("cli") or ""
    running = section.need("running") == "yes"
    return AppleSeen(
        cli=cli,
        version=_version(section.block("version").must().text) if cli else "",
        running=running,
        kernel=section.need("kernel") == "yes",
        containers=dict(map(_container, section.block("containers").must().out)) if running else {},
        health={name: int(status) for name, _, status in (one.partition(" ") for one in section.all("health"))},
        images=section.block("images").must().out if running else (),
        volumes=dict(map(_volume, section.block("volumes").must().out)) if running else {},
        files={path.split("/")[-2]: seen for path, seen in files.items() if path.endswith("/containers.json")},
        plists={_job_of(path): seen for path, seen in files.items() if path.endswith(".plist")},
        jobs={name: digest for name, _, digest in (one.partition(" ") for one in section.all("job"))},
        folder=section.get("folder") == "yes",
    )


def _members(file: FileSeen) -> frozenset[str]:
    """The containers a stack's file names; none where it is not what we write."""
    with suppress(ValueError, AttributeError, KeyError, TypeError):
        return frozenset(str(one["name"]) for one in json.loads(file.content).values())
    return frozenset()


def _job_of(path: str) -> str:
    return path.rpartition("/")[2].removeprefix(PREFIX).removesuffix(".plist")


def _version(said: str) -> str:
    """`container CLI version 1.1.0 (build: release, commit: 5973b9c)` → 1.1.0."""
    words = said.split()
    if "version" not in words[:-1]:
        raise Unreadable(f"apple_container: `container --version` said {said[:80]!r}")
    return words[words.index("version") + 1]


def _container(line: str) -> tuple[str, ContainerSeen]:
    words = line.split("|")
    if len(words) != 7:
        raise Unreadable(f"apple_container: `container list` said {line[:80]!r}")
    name, state, stack, container, definition, secrets, age = words
    made_with = dict(pair.split(":", 1) for pair in secrets.split(",") if ":" in pair)
    return name, ContainerSeen(state, stack, container, definition, made_with, int(age) if age else None)


def _volume(line: str) -> tuple[str, str]:
    name, _, stack = line.partition("|")
    return name, stack
