"""The resources there are, in the order `deploy.py` puts them."""

import runpy
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from carbon_fleet import assets
from carbon_fleet.plan.change import Action, Change, Finding, Refusal
from carbon_fleet.plan.resource import Resource, World
from carbon_fleet.plan.selection import EVERYTHING, Selection
from carbon_fleet.snapshot import Guest, probe_script
from carbon_fleet.snapshot.script import HERE, MACHINE, Question
from carbon_fleet.spec import Health, Mac, SectionSpec

_naming = False


def naming() -> bool:
    """Whether `deploy.py` is being run only to learn its ORDER."""
    return _naming


def resources_of(mac: Mac) -> tuple[Resource[Any, Any], ...]:
    """The resources that a Mac has, in order: those of the runtimes its stacks run by, and what every Mac has."""
    return tuple(resource for resource in resources() if resource.applies(mac))


def asked_of(mac: Mac) -> tuple[Resource[Any, Any], ...]:
    """Those, and the ones of which something may be left: all that a Mac is looked at for, in order."""
    return tuple(resource for resource in resources() if resource.asked(mac))


@cache
def resources() -> tuple[Resource[Any, Any], ...]:
    """The resources of `deploy.py`'s ORDER, which is run here only for that."""
    global _naming
    _naming = True
    try:
        order: Sequence[Resource[Any, Any]] = runpy.run_path(str(assets.root() / "deploy.py"))["ORDER"]
    finally:
        _naming = False
    return tuple(order)


def lab_sections() -> tuple[SectionSpec, ...]:
    """What a lab file may say of each resource, and of what the doctor finds healthy."""
    own = (SectionSpec(resource.key, resource.wanted, resource.check, resource.under) for resource in resources())
    return (*own, SectionSpec("health", Health))


def probe_for(mac: Mac, *, timing: bool = False, more: Sequence[Question] = ()) -> str:
    """The probe script that answers every resource's question about `mac`, and what was last applied to it.

    `more` are questions that no resource has.
    """
    known = "\n".join(place for one in resources_of(mac) for place in one.places(one.wish(mac), mac))
    record = Question("record", variables={"CF_RECORD_LAB": mac.lab, "CF_RECORD_PLACES": known})
    asked = [record, *(resource.question(mac) for resource in asked_of(mac)), *more]
    return probe_script(asked, timing=timing, hop=HERE if mac.linux else MACHINE)


def differences(world: World, selection: Selection = EVERYTHING) -> tuple[Finding, ...]:
    """All findings of one Mac, in the order of the resources, up to and with the first resource that refuses.

    What stands behind a refusal would not be done, and on a machine that is no Mac it would only be noise.
    """
    return found(world, selection)[0]


def found(
    world: World, selection: Selection, replaces: Callable[[Change], bool] | None = None
) -> tuple[tuple[Finding, ...], tuple[Refusal, ...]]:
    """The same findings, and those refusals among them that end a run over the `selection`; others stop nothing.

    With `replaces` it is looked ahead: behind a replacement of the virtual machine that is so chosen, what is inside is
    compared with an empty one; and what refuses a machine that is not there yet stops nothing, for it is known only
    then.
    """
    findings: list[Finding] = []
    for resource in asked_of(world.mac):
        new = resource.findings(world)
        findings += new
        stopping = tuple(one for one in new if isinstance(one, Refusal) and selection.stops(resource.name, one.address))
        if stopping and not (replaces and resource.inside and world.snapshot.guest is Guest.ABSENT):
            return tuple(findings), stopping
        anew = (one for one in new if isinstance(one, Change) and one.action is Action.REPLACE)
        if replaces and any(replaces(change) for change in anew):
            world = replace(world, snapshot=replace(world.snapshot, guest=Guest.ABSENT))
    return tuple(findings), ()
