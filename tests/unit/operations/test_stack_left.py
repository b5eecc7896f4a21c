"""What a run leaves of a stack: systemd is told only for the sake of units that are written."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Change, World
from carbon_fleet.snapshot import Guest, Snapshot
from operations.stack import differences
from operations.stack.seen import StackSeen
from operations.stack.wish import Stacks
from tests.unit.operations.stack_world import a_mac, converged, one, units_of

BOTH = [*one("web"), *one("db", "store")]


def made(seen: StackSeen, leaves: Callable[[str], bool], stacks: Any = BOTH) -> list[str]:
    """The addresses of the Changes that the run makes."""
    mac = a_mac(stacks)
    world = World(mac, Snapshot("m", guest=Guest.REACHED), leaves=leaves)
    found = differences(mac.section("stacks", Stacks), seen, world)
    return [one.address for one in found if isinstance(one, Change) and not leaves(one.address)]


def nothing(address: str) -> bool:
    return False


def web(address: str) -> bool:
    return address.startswith("stack.shop")


@pytest.mark.parametrize(("leaves", "reloads"), [(nothing, True), (web, False)])
def test_a_unit_that_is_left_needs_no_reload(leaves: Callable[[str], bool], reloads: bool) -> None:
    seen = converged(a_mac(BOTH))
    (unit,) = [unit for unit in units_of(a_mac(BOTH)) if unit.name == "web"]
    gone = replace(
        seen,
        files={path: file for path, file in seen.files.items() if path != unit.path},
        services={name: service for name, service in seen.services.items() if name != unit.service},
    )
    assert ("stack.systemd" in made(gone, leaves)) is reloads


@pytest.mark.parametrize(("leaves", "reloads"), [(nothing, True), (web, False)])
def test_nor_does_one_that_is_not_removed(leaves: Callable[[str], bool], reloads: bool) -> None:
    assert ("stack.systemd" in made(converged(a_mac(BOTH)), leaves, one("db", "store"))) is reloads
