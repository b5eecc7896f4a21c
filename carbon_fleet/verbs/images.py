"""`images list`, `build` and `push`: the images of a lab's Macs, and their way to a registry."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from carbon_fleet.engine.session import Session
from carbon_fleet.plan import Command
from carbon_fleet.report.document import Failure, MacReport, Outcome, Report
from carbon_fleet.report.trouble import Trouble
from carbon_fleet.snapshot import Guest, Snapshot, Unreadable
from carbon_fleet.spec import Mac
from carbon_fleet.verbs.choice import lab_of, mac_of, macs_of, usage
from carbon_fleet.verbs.fleet import run_verb
from carbon_fleet.verbs.talk import Talk
from operations import apple_container, docker, runtimes
from operations.docker.commands import ENGINE as DOCKER
from operations.image import RESOURCE, ImagesSeen, publish
from operations.image.recipe import Recipe, recipes, recipes_on


def listed(file: Path, chosen: Sequence[str], *, parallel: int, json: bool, quiet: bool) -> Report:
    """Which images of ours the Macs should have, from where, and whether they have them; one look per Mac."""
    lab = lab_of(file)

    def work(session: Session, report: MacReport) -> None:
        snapshot = session.snapshot()
        report.snapshot, report.guest = snapshot.digest, snapshot.guest.value
        seen = None if snapshot.guest is Guest.STOPPED else RESOURCE.observe(snapshot)
        rows = [_row(recipe, session.mac, seen) for recipe in recipes(session.mac)]
        rows += _docker(session.mac, snapshot) if runtimes.docker(session.mac) else []
        rows += _apple(session.mac, snapshot) if runtimes.apple_container(session.mac) else []
        report.measured["images"] = rows

    return run_verb("images list", lab, macs_of(lab, chosen), work, parallel, Talk(quiet), json)


def _docker(mac: Mac, snapshot: Snapshot) -> list[dict[str, Any]]:
    """Those in Docker Desktop's engine, which tells neither ids nor sizes in this look."""
    seen = docker.RESOURCE.observe(snapshot)
    return _on_the_mac(mac, DOCKER.images(mac), seen.images if seen.running else None)


def _apple(mac: Mac, snapshot: Snapshot) -> list[dict[str, Any]]:
    """Those that Apple's `container` keeps; neither are ids and sizes told here."""
    seen = apple_container.RESOURCE.observe(snapshot)
    return _on_the_mac(mac, recipes_on(mac, runtimes.APPLE), seen.images if seen.running else None)


def _on_the_mac(mac: Mac, wished: Sequence[Recipe], there: Sequence[str] | None) -> list[dict[str, Any]]:
    rows = [_row(recipe, replace(mac, builder=None, registry=None), None) for recipe in wished]
    return [{**row, "there": None if there is None else row["tag"] in there} for row in rows]


def _row(recipe: Recipe, mac: Mac, seen: ImagesSeen | None) -> dict[str, Any]:
    found = next((image for image in seen or () if recipe.tag in image.tags), None)
    way = f" through {mac.registry.at}" if mac.registry else ""
    source = "pulled" if recipe.pull else f"from {mac.builder.name}{way}" if mac.builder else "built"
    return {
        "name": recipe.name,
        "tag": recipe.tag,
        "inputs": recipe.digest,
        "source": source,
        "base": recipe.pull or dict(recipe.args).get("BASE"),
        "there": None if seen is None else found is not None,
        "id": found.id if found else None,
        "bytes": found.size if found else None,
    }


def build(
    file: Path, chosen: Sequence[str], platforms: Sequence[str], *, parallel: int, json: bool, quiet: bool
) -> Report:
    """Build all images of the chosen Macs' wishes in their machines, for themselves or for `platforms`."""
    lab, talk = lab_of(file), Talk(quiet)
    wanted = _platforms(platforms)

    def work(session: Session, report: MacReport) -> None:
        session.hold()
        _must_run(session)
        for address, command in publish.builds(session.mac, wanted):
            _told(session, talk, address, command)
            session.run(address, command)
        report.outcome = Outcome.CHANGED if session.results else Outcome.CONVERGED

    return run_verb("images build", lab, macs_of(lab, chosen), work, parallel, talk, json, holds=True)


def push(file: Path, name: str, to: str | None, platforms: Sequence[str], *, json: bool, quiet: bool) -> Report:
    """Push all images of a Mac's wish below `to`, or to the lab's registry; the Report has the lines that pull them."""
    lab, talk = lab_of(file), Talk(quiet)
    mac, wanted = mac_of(lab, name), _platforms(platforms)
    target = (to if to is not None else mac.registry.at if mac.registry else "").rstrip("/")
    if to is None and not target:
        raise usage(f"--to is missing, and {name} has no `registry`: write --to registry.example/carbon")
    if not publish.TARGET.fullmatch(target):
        raise usage(f"--to {target}: write registry/prefix, such as registry.example/carbon")

    def work(session: Session, report: MacReport) -> None:
        _must_run(session)
        pushed = report.measured.setdefault("pushed", {})
        for recipe in publish.built_here(session.mac):
            command = publish.push(recipe, target, wanted, session.mac)
            _told(session, talk, f"image.{recipe.name}", command)
            result = session.run(f"image.{recipe.name}", command)
            pushed[recipe.name] = f"{target}/{recipe.name}@{publish.digest_in(result.tail)}"
        report.outcome = Outcome.CHANGED if pushed else Outcome.CONVERGED

    return run_verb("images push", lab, [mac], work, 1, talk, json)


def _platforms(words: Sequence[str]) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part.strip() for word in words for part in word.split(",") if part.strip()))
    for platform in found:
        if not publish.PLATFORM.fullmatch(platform):
            raise usage(f"--platform {platform}: write one such as linux/arm64 or linux/amd64")
    return found


def _told(session: Session, talk: Talk, address: str, command: Command) -> None:
    talk.say(session.mac.name, address, command.says)


def _must_run(session: Session) -> None:
    if session.snapshot().guest is Guest.UNREADABLE:
        raise Unreadable(f"the virtual machine could not be entered: {session.snapshot().guest_detail}")
    if session.snapshot().guest is not Guest.REACHED:
        remedy = f"run `carbon-fleet apply LAB --limit {session.mac.name}`, which starts it"
        what = "there is no running virtual machine to build in"
        raise Trouble(Failure("machine", "GUEST_STOPPED", what, "images are built and pushed inside it", remedy))
