"""`secret list`, `show` and `rotate`. `show` is the only place where a value is ever printed."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from carbon_fleet.engine.fleet import run_fleet
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused, converge_resource
from carbon_fleet.engine.work import Say, run_change
from carbon_fleet.plan import Action, Attribute, Change, Refusal, Resource, World
from carbon_fleet.report.document import Exit, Failure, MacReport, Outcome, Planned, Report
from carbon_fleet.snapshot import Guest
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.choice import lab_of, mac_of, macs_of
from carbon_fleet.verbs.fleet import run_verb
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.talk import Talk
from operations import apple_container, docker, native, stack
from operations import secret as mac_copies
from operations.secret.kept import on_mac
from operations.secret.state import states
from operations.secret.wish import Secret, Secrets
from operations.stack.secrets import used


def listed(file: Path, chosen: list[str], *, parallel: int, json: bool, quiet: bool) -> Report:
    """Which secrets the Macs have, where they come from, who uses them, and whether their copies agree."""
    lab = lab_of(file)

    def work(session: Session, report: MacReport) -> None:
        found = states(World(session.mac, session.snapshot()))
        report.measured["secrets"] = [state.as_dict() for state in found]

    return run_verb("secret list", lab, macs_of(lab, chosen), work, parallel, Talk(quiet), json)


def show(file: Path, name: str, secret: str) -> int:
    """Print one secret's value, as this Mac keeps it, and nothing else on standard output."""
    lab = lab_of(file)
    mac = mac_of(lab, name)
    _source(lab, mac, secret)
    told: list[str] = []

    def work(session: Session, report: MacReport) -> None:
        ran = session.ask(on_mac("show", secret))
        if ran.status != 0:
            raise Refused((_not_there(mac, secret, file),))
        told.append("\n".join(ran.out))

    reports = run_fleet(lab, [mac], work, parallel=1, done=lambda report: None)
    for failure in reports[0].failures:
        print(f"{failure.code}: {failure.what}; {failure.why}; {failure.remedy}", file=sys.stderr)
    for value in told:
        print(value, flush=True)
    return Report("secret show", lab.name, str(file), "", macs=reports).exit_code


def rotate(file: Path, name: str, secret: str, *, json: bool, quiet: bool) -> Report:
    """Make a new value on the Mac, hand it to podman, and restart just the containers that are given it."""
    lab, talk = lab_of(file), Talk(quiet)
    mac = mac_of(lab, name)
    wished = _source(lab, mac, secret)
    if wished.source != "generate":
        what = f"{secret} of {name} comes from `{wished.source}` ({wished.name})"
        print(f"{what}: change it there, then run carbon-fleet apply {file} --limit {name}", file=sys.stderr)
        raise Stop(Exit.USAGE)

    def work(session: Session, report: MacReport) -> None:
        _Rotation(session, report, talk.say, secret).run()

    return run_verb("secret rotate", lab, [mac], work, 1, talk, json, holds=True)


class _Rotation:
    """One secret's rotation on one Mac, on its way into its part of the Report."""

    def __init__(self, session: Session, report: MacReport, say: Say, secret: str) -> None:
        self.session, self.report, self.say, self.secret = session, report, say, secret
        self.users = {f"stack.{user}" for user in used(session.mac)[secret]}
        self.users |= {f"{kind}.{user}" for user in self.users for kind in ("docker", "apple_container", "native")}
        every = (stack.RESOURCE, docker.RESOURCE, apple_container.RESOURCE, native.RESOURCE)
        self.resources: list[Resource[Any, Any]] = [one for one in every if one.applies(session.mac)]

    def run(self) -> None:
        """A new value first; an interruption after that is what the next `apply` goes on from."""
        self.session.hold()
        world = World(self.session.mac, self.session.snapshot())
        self.report.snapshot, self.report.guest = world.snapshot.digest, world.snapshot.guest.value
        self._ready(world)
        self._do(self._change())
        self.session.forget()
        for resource in self.resources:
            only = _only(resource, {*self.users, f"secret.{self.secret}"})
            for change in converge_resource(only, self.session.mac, self.session):
                self._do(change)
        self.report.outcome = Outcome.CHANGED
        if stack.RESOURCE in self.resources and self.session.snapshot().guest is not Guest.REACHED:
            self.report.notices.append(_later())

    def _ready(self, world: World) -> None:
        """Containers whose units are still to be changed would not be restarted by what is to run them."""
        findings = [found for one in (mac_copies.RESOURCE, *self.resources) for found in one.findings(world)]
        places = {*self.users, "secret", "stack", "docker", "docker.engine", "native"}
        places |= {"apple_container", "apple_container.system"}
        refusals = [f for f in findings if isinstance(f, Refusal) and f.address in places]
        written = [f for f in findings if isinstance(f, Change) and f.action is not Action.RUN]
        refusals += [_unapplied(change, self.session.mac) for change in written if change.address in self.users]
        if refusals:
            raise Refused(tuple(refusals))

    def _change(self) -> Change:
        length = self.session.mac.section("secrets", Secrets).of(self.secret).length
        commands = (on_mac("prepare"), on_mac("again", self.secret, str(length), says="make a new value"))
        attribute = (Attribute("value", "as it was", "a new one"),)
        return Change(f"secret.{self.secret}", Action.UPDATE, attribute, "somebody asked for a new value", commands)

    def _do(self, change: Change) -> None:
        self.report.changes.append(Planned.of(change))
        run_change(self.session, change, self.say)


def _only(resource: Resource[Any, Any], addresses: set[str]) -> Resource[Any, Any]:
    """The same resource, as if nothing else could differ than what is at `addresses`."""
    whole = resource.differences
    return replace(
        resource, differences=lambda *about: tuple(found for found in whole(*about) if found.address in addresses)
    )


def _source(lab: Lab, mac: Mac, secret: str) -> Secret:
    """Where a used secret comes from; one that no stack uses ends the verb with 64."""
    users = used(mac)
    if secret not in users:
        known = ", ".join(sorted(users)) or "none"
        print(f"{secret}: no stack of {mac.name} uses a secret of this name; those it uses: {known}", file=sys.stderr)
        raise Stop(Exit.USAGE)
    return mac.section("secrets", Secrets).of(secret)


def _not_there(mac: Mac, secret: str, file: Path) -> Refusal:
    what, why = f"{mac.name} has no secret {secret} yet", "it is made, or brought there, when it is first needed"
    remedy = f"run carbon-fleet apply {file} --limit {mac.name}"
    return Refusal(f"secret.{secret}", "SECRET_NOT_THERE", what, why, remedy)


def _unapplied(change: Change, mac: Mac) -> Refusal:
    what, why = "its unit is not what the lab file says", "a restart now would not bring what the lab file says either"
    remedy = f"run carbon-fleet apply LAB --limit {mac.name}, then rotate"
    return Refusal(change.address, "STACK_NOT_APPLIED", what, why, remedy)


def _later() -> Failure:
    what, why = (
        "the virtual machine does not run",
        "podman gets the new value, and containers are restarted, once it does",
    )
    return Failure("guest", "GUEST_STOPPED", what, why, "carbon-fleet apply starts it and goes on")
