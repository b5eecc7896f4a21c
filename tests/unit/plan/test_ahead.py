"""What a plan foresees: behind a machine that is made anew, all that it held is made anew, too."""

import random

import yaml

from carbon_fleet.plan import Action, Change, Refusal, World
from carbon_fleet.plan.registry import found, lab_sections
from carbon_fleet.plan.selection import EVERYTHING
from carbon_fleet.spec import lab_from_text
from tests.unit.plan.plan_program import LAB, look_of


def _world(disk: str) -> World:
    document = yaml.safe_load(LAB)
    document["defaults"]["machine"] |= {"cpus": 2, "memory": "2GiB", "disk": disk}
    lab = lab_from_text(yaml.safe_dump(document), lab_sections())
    return World(lab.mac("converged"), look_of("converged", random.Random(0)))


def _changes(world: World, *, ahead: bool) -> dict[str, Action]:
    findings, _ = found(world, EVERYTHING, lambda change: ahead)
    return {one.address: one.action for one in findings if isinstance(one, Change)}


def test_what_is_in_a_machine_that_is_made_anew_is_made_anew() -> None:
    now, then = _changes(_world("10GiB"), ahead=False), _changes(_world("10GiB"), ahead=True)
    assert now["machine.carbon"] is then["machine.carbon"] is Action.REPLACE
    assert "image.venus" not in now
    assert then["image.venus"] is Action.CREATE
    assert then["guest.file./etc/motd.d/a.conf"] is Action.CREATE


def test_what_a_machine_that_is_not_there_refuses_stops_nothing() -> None:
    """Which units Fedora CoreOS has is known only once it runs."""
    document = yaml.safe_load(LAB)
    document["defaults"]["guest"]["units"]["chronyd.service"] = {"enabled": True}
    mac = lab_from_text(yaml.safe_dump(document), lab_sections()).mac("bare")
    world = World(mac, look_of("bare", random.Random(0)))
    assert [one.code for one in found(world, EVERYTHING)[1]] == ["GUEST_UNIT_UNKNOWN"]
    findings, stopping = found(world, EVERYTHING, lambda change: True)
    assert [one.code for one in findings if isinstance(one, Refusal)] == ["GUEST_UNIT_UNKNOWN"]
    assert stopping == ()
    assert "image.venus" in {one.address for one in findings}


def test_without_a_replacement_nothing_is_foreseen() -> None:
    assert _changes(_world("20GiB"), ahead=True) == _changes(_world("20GiB"), ahead=False)
    assert "machine.carbon" not in _changes(_world("20GiB"), ahead=True)
