"""What the `docker` section says: Docker Desktop itself, and what of stacks is in its engine."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from carbon_fleet.snapshot import Section, Unreadable
from carbon_fleet.snapshot.files import FileSeen, files_in
from operations.model.on_mac import kept

HEALTHS = ("healthy", "unhealthy", "starting")


@dataclass(frozen=True)
class ContainerSeen:
    """A container as docker tells it; `stack` is empty for one that no stack made.

    `health` is healthy, unhealthy, starting, or empty without a check. `definition` is the digest of what it was made
    from, `secrets` the fingerprints of those it was made with, `image` the reference it was made by.
    """

    state: str
    health: str = ""
    stack: str = ""
    name: str = ""
    definition: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    image: str = ""


@dataclass(frozen=True)
class Kept:
    """The texts of a stack's file that are kept: by which it was last seen to work, and the one before that."""

    good: str = ""
    previous: str = ""


@dataclass(frozen=True)
class DockerSeen:
    """Docker Desktop on a Mac. `settings` are those of its file that are managed: None where that is not there.

    `containers` are by name, `images` the references of ours, `volumes` each with the stack it was made for ("" for
    others'): known only while it is `running`. `files` are the stacks' files by stack, `folder` whether the one they
    lie in is there, `models` those that are kept, with whether each is what was checked, `kept` what stacks go back to.
    """

    app: str = ""
    version: str = ""
    running: bool = False
    settings: Mapping[str, Any] | None = None
    containers: Mapping[str, ContainerSeen] = field(default_factory=dict)
    images: tuple[str, ...] = ()
    volumes: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, FileSeen] = field(default_factory=dict)
    folder: bool = False
    models: Mapping[str, bool] = field(default_factory=dict)
    kept: Mapping[str, Kept] = field(default_factory=dict)

    @property
    def strangers(self) -> Mapping[str, str]:
        """The images of ours that containers of others were made from, each with the name of one of those."""
        others = {one.image: name for name, one in self.containers.items() if not one.stack}
        return {tag: others[tag] for tag in self.images if tag in others}

    def without(self, stacks: Collection[str]) -> "DockerSeen":
        """The same but for what these stacks have: something else sees to that."""
        containers = {name: one for name, one in self.containers.items() if one.stack not in stacks or not one.stack}
        volumes = {name: "" if stack in stacks else stack for name, stack in self.volumes.items()}
        files = {stack: file for stack, file in self.files.items() if stack not in stacks}
        kept = {stack: one for stack, one in self.kept.items() if stack not in stacks}
        return replace(self, containers=containers, volumes=volumes, files=files, kept=kept)


def read(section: Section) -> DockerSeen:
    """Type the `docker` section. Where nothing is wished and nothing of ours is there, nobody was asked."""
    if section.get("none") == "yes":
        return DockerSeen()
    files = files_in(section)
    running = section.need("running") == "yes"
    return DockerSeen(
        app=section.get("app") or "",
        version=section.block("version").must().text.strip() if section.get("app") else "",
        running=running,
        settings=_settings(section),
        containers=_containers(section) if running else {},
        images=section.block("images").must().out if running else (),
        volumes=dict(map(_volume, section.block("volumes").must().out)) if running else {},
        files={path.split("/")[-2]: seen for path, seen in files.items() if path.endswith("/compose.yaml")},
        models=kept(section),
        kept=_kept(files),
        folder=section.get("folder") == "yes",
    )


def _kept(files: Mapping[str, FileSeen]) -> Mapping[str, Kept]:
    texts = {tuple(path.split("/")[-2:]): seen.content.decode(errors="replace") for path, seen in files.items()}
    names = ("good.yaml", "previous.yaml")
    stacks = sorted({stack for stack, name in texts if name in names})
    return {stack: Kept(*(texts.get((stack, name), "") for name in names)) for stack in stacks}


def _settings(section: Section) -> Mapping[str, Any] | None:
    if "settings" not in section.blocks:
        return None
    said: Mapping[str, Any] = section.block("settings").must().json()
    return said


def _containers(section: Section) -> Mapping[str, ContainerSeen]:
    # One that went between the two looks makes `inspect` fail; it has told of the others all the same.
    told = section.block("health").out if "health" in section.blocks else ()
    healths = dict(line.removeprefix("/").split("|", 1) for line in told if "|" in line)
    return dict(_container(line, healths) for line in section.block("ps").must().out)


def _container(line: str, healths: Mapping[str, str]) -> tuple[str, ContainerSeen]:
    words = line.split("|", 6)
    if len(words) != 7:
        raise Unreadable(f"docker: `docker ps` said {line[:80]!r}")
    name, state, stack, container, definition, image, secrets = words
    health = healths.get(name, "")
    made_with = dict(pair.split(":", 1) for pair in secrets.split(",") if ":" in pair)
    health = health if health in HEALTHS else ""
    return name, ContainerSeen(state, health, stack, container, definition, made_with, image)


def _volume(line: str) -> tuple[str, str]:
    name, _, stack = line.partition("|")
    return name, stack
