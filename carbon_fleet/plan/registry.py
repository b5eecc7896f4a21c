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
from carbon_fleet.snapshot.script import Question
from carbon_fleet.spec import Mac, SectionSpec

_naming = False


def naming() -> bool:
    """Whether `deploy.py` is being run only to learn its ORDER."""
    return _naming


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
    """What a lab file may say of each resource."""
    return tuple(SectionSpec(resource.key, resource.wanted, resource.check) for resource in resources())


def probe_for(mac: Mac, *, timing: bool = False) -> str:
    """The probe script that answers every resource's question about `mac`, and what was last applied to it."""
    record = Question("record", variables={"CF_RECORD_LAB": mac.lab})
    return probe_script([record, *(resource.question(mac) for resource in resources())], timing=timing)


def differences(world: World, selection: Selection = EVERYTHING) -> tuple[Finding, ...]:
    """All findings of one Mac, in the order of the resources, up to and with the first resource that refuses.

    What stands behind a refusal would not be done, and on a machine that is no Mac it would only be noise.
    """
    return found(world, selection)[0]


def found(
    world: World, selection: Selection, replaces: Callable[[Change], bool] = lambda change: False
) -> tuple[tuple[Finding, ...], tuple[Refusal, ...]]:
    """The same findings, and those refusals among them that end a run over the `selection`; others stop nothing.

    Behind a replacement of the virtual machine that the run `replaces`, what is inside is compared with an empty one.
    """
    findings: list[Finding] = []
    for resource in resources():
        new = resource.findings(world)
        findings += new
        refusals = [finding for finding in new if isinstance(finding, Refusal)]
        stopping = tuple(refusal for refusal in refusals if selection.stops(resource.name, refusal.address))
        if stopping:
            return tuple(findings), stopping
        anew = (one for one in new if isinstance(one, Change) and one.action is Action.REPLACE)
        if any(replaces(change) for change in anew):
            world = replace(world, snapshot=replace(world.snapshot, guest=Guest.ABSENT))
    return tuple(findings), ()
