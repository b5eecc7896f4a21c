"""A Mac with the trial stack, and what was seen of it in a real VM (podman 5.4, recorded)."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from carbon_fleet.plan import Change, Finding, World
from carbon_fleet.snapshot import Guest, Snapshot, read_snapshot
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import Mac
from operations.image.wish import Images
from operations.model.wish import Models
from operations.stack import differences
from operations.stack.quadlet import Unit, units
from operations.stack.seen import ContainerSeen, Kept, ServiceSeen, StackSeen, read
from operations.stack.volumes import named
from operations.stack.wish import Stacks

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "stack"


def a_mac(stacks: Any, *, software: bool = False) -> Mac:
    wish = Stacks.model_validate_json(json.dumps(stacks))
    return Mac("m", accept_software_gpu=software, sections={"images": Images({}), "models": Models({}), "stacks": wish})


def one(name: str = "web", stack: str = "shop", **container: Any) -> list[Any]:
    return [{"name": stack, "containers": {name: {"image": "docker.io/library/nginx:1", **container}}}]


def units_of(mac: Mac) -> tuple[Unit, ...]:
    return units(mac.section("stacks", Stacks), mac)


def converged(mac: Mac) -> StackSeen:
    """A machine where every unit of `mac` runs and is healthy."""
    wished = units_of(mac)
    return StackSeen(
        {u.path: FileSeen(u.path, "regular", "0644", "root", "root", u.text.encode()) for u in wished},
        {u.service: ServiceSeen("loaded", "active", "running", 0, False, u.path) for u in wished},
        {
            u.container_name: ContainerSeen(
                f"id-{u.name}", "image", "running", "healthy" if u.container.health else "", u.stack, u.service
            )
            for u in wished
        },
        kept={stack: Kept(_texts(wished, stack)) for stack in dict.fromkeys(u.stack for u in wished)},
        volumes=dict.fromkeys(named(mac.section("stacks", Stacks)), ""),
    )


def _texts(wished: tuple[Unit, ...], stack: str) -> dict[str, str]:
    return {u.file: u.text for u in wished if u.stack == stack}


def findings(mac: Mac, seen: StackSeen, snapshot: Snapshot | None = None) -> list[Finding]:
    world = World(mac, snapshot or Snapshot("m", guest=Guest.REACHED))
    return list(differences(mac.section("stacks", Stacks), seen, world))


def changes(mac: Mac, seen: StackSeen, snapshot: Snapshot | None = None) -> list[Change]:
    return [finding for finding in findings(mac, seen, snapshot) if isinstance(finding, Change)]


def rows(found: list[Change]) -> list[tuple[str, str, list[str]]]:
    return [(c.address, c.action.value, [a.name for a in c.attributes]) for c in found]


def commands(found: list[Change]) -> list[str]:
    return [str(command) for change in found for command in change.commands]


def recorded(name: str) -> StackSeen:
    text = (TRANSCRIPTS / f"podman-5.4-{name}.txt").read_text()
    return read(read_snapshot("m", text.splitlines()).section("stack"))


def with_service(seen: StackSeen, unit: Unit, **attributes: Any) -> StackSeen:
    return replace(seen, services={**seen.services, unit.service: replace(seen.service(unit.service), **attributes)})


def with_container(seen: StackSeen, unit: Unit, **attributes: Any) -> StackSeen:
    changed = replace(seen.containers[unit.container_name], **attributes)
    return replace(seen, containers={**seen.containers, unit.container_name: changed})


def with_file(seen: StackSeen, unit: Unit, **attributes: Any) -> StackSeen:
    return replace(seen, files={**seen.files, unit.path: replace(seen.files[unit.path], **attributes)})
