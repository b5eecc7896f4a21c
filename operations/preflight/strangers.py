"""Containers that no stack made and that publish a port a stack wants.

They are podman's of the machine's root, as the `stack` section lists them. On the Mac it is the machine's own gvproxy
that listens for them, so that only podman knows whose the port is.
"""

from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Any

from carbon_fleet.plan import Finding, Refusal, World
from carbon_fleet.snapshot import Guest, Unreadable
from operations.preflight.listeners import wanted_ports
from operations.stack.openings import Opening
from operations.stack.quadlet import STACK_LABEL
from operations.stack.words import Published


def differences(busy: Collection[tuple[str, int]], world: World) -> Iterator[Finding]:
    """A Refusal for each wanted port that such a container has; what cannot be read is the stacks' to report."""
    wanted = wanted_ports(world.mac)
    if not wanted or world.snapshot.guest is not Guest.REACHED:
        return
    held = list(_held(world))
    taken = {*busy, *((each.port.kind, each.port.outer) for each in wanted), *((p.kind, p.outer) for _, p in held)}
    for opening in wanted:
        owner = next((name for name, port in held if port.clashes(opening.port)), None)
        if owner is not None:
            yield _taken(opening, owner, opening.elsewhere(taken))


def _held(world: World) -> Iterator[tuple[str, Published]]:
    with suppress(Unreadable, KeyError, TypeError, AttributeError, ValueError):
        for item in world.snapshot.section("stack").block("ps").must().json() or []:
            if item["State"] == "running" and STACK_LABEL not in (item.get("Labels") or {}):
                for port in item.get("Ports") or []:
                    yield from ((item["Names"][0], each) for each in _published(port))


def _published(port: dict[str, Any]) -> Iterator[Published]:
    host = port["host_ip"]
    for kind in port["protocol"].split(","):
        for outer in range(port["host_port"], port["host_port"] + port["range"]):
            yield Published(f"[{host}]" if ":" in host else host, outer, kind, port["container_port"])


def _taken(opening: Opening, owner: str, elsewhere: str) -> Refusal:
    port = opening.port
    return Refusal(
        f"preflight.port.{port.outer}",
        "PORT_TAKEN",
        f"port {port.outer}/{port.kind} of this Mac is taken by the container `{owner}`, which no stack made",
        f"{opening.owner} wants it, and would not start",
        f"{elsewhere} in the lab file; or end that container, in the machine as root: `podman stop {owner}`",
    )
