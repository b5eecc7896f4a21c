"""What the `stack` section says: unit files of ours, what systemd made of them, and the containers there are."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from carbon_fleet.snapshot import Section, Unreadable
from carbon_fleet.snapshot.files import FileSeen, files_in
from operations.secret.machine import CopiesSeen, made_with, read_copies
from operations.stack.quadlet import FOLDER, STACK_LABEL

_HEALTH = re.compile(r"\b(healthy|unhealthy|starting)\b")


@dataclass(frozen=True)
class ServiceSeen:
    """A service as `systemctl show` tells it. `stale`: its file is not what systemd has read.

    `source` is the unit file it was generated from; systemd knows it as long as it has the unit loaded.
    """

    load: str = "not-found"
    active: str = "inactive"
    sub: str = "dead"
    restarts: int = 0
    stale: bool = False
    source: str = ""

    @property
    def down(self) -> bool:
        """Whether nothing of it runs and nothing is about to."""
        return self.active in ("inactive", "failed")

    @property
    def waiting(self) -> bool:
        """Whether it is on its way up by itself; one that waits to be tried again has failed."""
        return self.active in ("activating", "reloading") and self.sub != "auto-restart"


@dataclass(frozen=True)
class ContainerSeen:
    """A container as `podman ps` tells it. `health` is empty without a check, the rest where not ours.

    `secrets` are the fingerprints of those it was made with; `driver` is false where the Venus driver's folder is
    there, and nothing in it.
    """

    id: str
    image_id: str
    state: str
    health: str = ""
    stack: str = ""
    unit: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    driver: bool = True


@dataclass(frozen=True)
class Kept:
    """The units of a stack that were seen to work, and those that did before them: texts by the file's name."""

    good: Mapping[str, str] = field(default_factory=dict)
    previous: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StackSeen:
    """Files by path, services by name, containers by name, podman's copies of secrets, what is kept by stack.

    `volumes` are all there are, each with the stack of ours it was made for, else with nothing.
    """

    files: Mapping[str, FileSeen] = field(default_factory=dict)
    services: Mapping[str, ServiceSeen] = field(default_factory=dict)
    containers: Mapping[str, ContainerSeen] = field(default_factory=dict)
    copies: CopiesSeen = field(default_factory=CopiesSeen)
    kept: Mapping[str, Kept] = field(default_factory=dict)
    volumes: Mapping[str, str] = field(default_factory=dict)

    def service(self, name: str) -> ServiceSeen:
        """The service `name`; one that systemd does not know is not running."""
        return self.services.get(name, ServiceSeen())

    def ours(self) -> tuple[str, ...]:
        """The services that came from our unit files: by their source, or by the label of the container they run.

        The name alone is no proof: a service of somebody else may begin like ours.
        """
        running = {container.unit for container in self.containers.values()}
        prefix = f"{FOLDER}/carbon-fleet-"
        return tuple(n for n, seen in self.services.items() if seen.source.startswith(prefix) or n in running)


def read(section: Section) -> StackSeen:
    """Type the `stack` section (systemd 252 and later, podman 4 to 6)."""
    services = _services(section.block("units").must().out)
    listed = section.block("ps").must().json() or []
    driverless = frozenset(section.all("driverless"))
    try:
        containers = {name: _container(item, driverless) for item in listed for name in item["Names"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise Unreadable(f"stack: podman's list of containers lacks {error}") from error
    copies = read_copies(section)
    return StackSeen(files_in(section), services, containers, copies, _kept(section), _volumes(section))


def _kept(section: Section) -> dict[str, Kept]:
    """The units that are kept: `grep` tells each line behind the path it stands in."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for line in section.blocks["kept"].out if "kept" in section.blocks else ():
        path, _, text = line.partition(":")
        stack, which, name = ("", "", *path.split("/"))[-3:]
        found.setdefault((stack, which), {}).setdefault(name, []).append(text)
    texts = {key: {name: "\n".join([*lines, ""]) for name, lines in names.items()} for key, names in found.items()}
    return {
        stack: Kept(texts.get((stack, "good"), {}), texts.get((stack, "previous"), {})) for stack in section.all("kept")
    }


def _volumes(section: Section) -> dict[str, str]:
    """Every volume; podman was asked for labels only where one is there that no stack has."""
    labels: dict[str, str] = {}
    if "volumes" in section.blocks:
        listed = section.block("volumes").must().json() or []
        try:
            labels = {item["Name"]: (item.get("Labels") or {}).get(STACK_LABEL, "") for item in listed}
        except (KeyError, TypeError, AttributeError) as error:
            raise Unreadable(f"stack: podman's list of volumes lacks {error}") from error
    return {name: labels.get(name, "") for name in section.all("volume")}


def _container(item: Mapping[str, Any], driverless: Collection[str]) -> ContainerSeen:
    health = _HEALTH.search(item.get("Status") or "")
    labels = item.get("Labels") or {}
    stack = labels.get(STACK_LABEL, "")
    unit = labels.get("PODMAN_SYSTEMD_UNIT", "") if stack else ""
    shown = health[1] if health else ""
    driver = str(item.get("Pid")) not in driverless
    return ContainerSeen(item["Id"], item["ImageID"], item["State"], shown, stack, unit, made_with(labels), driver)


def _services(lines: tuple[str, ...]) -> dict[str, ServiceSeen]:
    """A paragraph per unit; one that was asked for by name and by pattern comes twice."""
    found: dict[str, ServiceSeen] = {}
    for paragraph in "\n".join(lines).split("\n\n"):
        told = dict(line.split("=", 1) for line in paragraph.splitlines() if "=" in line)
        if "Id" in told:
            found[told["Id"]] = ServiceSeen(
                told.get("LoadState", ""),
                told.get("ActiveState", ""),
                told.get("SubState", ""),
                int(told.get("NRestarts") or 0),
                told.get("NeedDaemonReload") == "yes",
                told.get("SourcePath", ""),
            )
    return found
