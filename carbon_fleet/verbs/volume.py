"""`volume list`, `export` and `import`: the data of stacks, streamed as tar, its sha256 computed at both ends."""

import json as jsonlib
import sys
import time
from pathlib import Path
from typing import Any

from carbon_fleet import assets
from carbon_fleet.connectors.ran import Ran
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.plan import Command, Refusal, guest, shell
from carbon_fleet.report.document import Exit, MacReport, Outcome, Report
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.spec import Mac
from carbon_fleet.verbs.choice import lab_of, mac_of
from carbon_fleet.verbs.fleet import run_verb
from carbon_fleet.verbs.inside import seen_inside
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.streaming import Progress, give, sha256_of, take
from carbon_fleet.verbs.talk import Talk
from operations import runtimes
from operations.moving.volumes import Volumes
from operations.stack.quadlet import STACK_LABEL
from operations.stack.volumes import named
from operations.stack.wish import Stacks

PODMAN = "podman"
"""What a volume in a Podman machine, or on a Linux host, is said to be of."""
TRANSFER_SECONDS = 12 * 3600
"""A volume may have hundreds of GB; a stream in which nothing moves is given up long before."""


def listed(file: Path, name: str, *, json: bool, quiet: bool) -> Report:
    """Every volume of the Mac: its stack, its size, the containers that use it now."""
    lab = lab_of(file)

    def work(session: Session, report: MacReport) -> None:
        rows = _in_the_machine(session, report) if _machine(session.mac) else []
        if runtimes.docker(session.mac):
            rows += _in_docker(session)
        report.measured["volumes"] = rows

    return run_verb("volume list", lab, [mac_of(lab, name)], work, 1, Talk(quiet), json)


def _machine(mac: Mac) -> bool:
    """Whether podman has volumes of it, or nothing that could have any: then the words are those of a machine."""
    return runtimes.quadlet(mac) or not runtimes.docker(mac)


def _in_the_machine(session: Session, report: MacReport) -> list[dict[str, Any]]:
    there = sorted(seen_inside(session, report).volumes)
    said = "\n".join(_asked(session, guest("podman", "volume", "ls", "--format", "json")).out)
    labels = {item["Name"]: (item.get("Labels") or {}).get(STACK_LABEL, "") for item in jsonlib.loads(said) or []}
    sizes = guest(*shell(assets.text("volume/sizes.sh"), *there), deadline=600)
    lines = [line.split(" ", 2) for line in _asked(session, sizes).out] if there else []
    return [_row(PODMAN, volume, labels.get(volume, ""), size, used) for volume, size, used in lines]


def _in_docker(session: Session) -> list[dict[str, Any]]:
    lines = _asked(session, Volumes(runtimes.DOCKER, session.mac).listed).out
    return [_row(runtimes.DOCKER, *line.split("|", 3)) for line in sorted(lines)]


def _row(runtime: str, volume: str, stack: str, kib: str, used: str) -> dict[str, Any]:
    size = int(kib) * 1024
    return {"volume": volume, "stack": stack, "bytes": size, "used_by": used, "runtime": runtime}


def _asked(session: Session, command: Command) -> Ran:
    ran = session.ask(command)
    if ran.status != 0:
        raise Unreadable("volumes", ran.status, "\n".join(ran.err))
    return ran


def exported(
    file: Path, name: str, volume: str, output: Path | None, runtime: str | None, *, json: bool, quiet: bool
) -> Report:
    """Copy a volume into `output`, which comes into being only once it is whole and right."""
    lab, talk = lab_of(file), Talk(quiet)
    mac = mac_of(lab, name)
    path = _free(output or Path(f"{name}-{volume}.tar"))

    def work(session: Session, report: MacReport) -> None:
        there = _there(session, report, volume)
        if _of(there, volume, runtime) == runtimes.DOCKER:
            command = Volumes(runtimes.DOCKER, session.mac).exported(volume)
        else:
            command = guest(*shell(assets.text("volume/export.sh"), volume), deadline=TRANSFER_SECONDS)
        began, progress = time.monotonic(), Progress(lambda text: talk.say(name, f"volume {volume}", text))
        count, digest = take(session.open(command), path, progress)
        _tell(report, volume, path, count, digest, began)

    return run_verb("volume export", lab, [mac], work, 1, talk, json)


def imported(
    file: Path,
    name: str,
    volume: str,
    source: Path,
    runtime: str | None,
    *,
    replace: bool,
    json: bool,
    quiet: bool,
) -> Report:
    """Fill a volume from `source`; it is as it was until all of it has arrived and its sha256 was found right there."""
    lab, talk = lab_of(file), Talk(quiet)
    mac = mac_of(lab, name)
    digest, count = _read(source)

    def work(session: Session, report: MacReport) -> None:
        session.hold()
        there = _there(session, report, volume)
        stack = named(mac.section("stacks", Stacks)).get(volume, "")
        words = (volume, str(count), digest, "yes" if replace else "no", stack)
        command = guest(*shell(assets.text("volume/import.sh"), *words), deadline=TRANSFER_SECONDS)
        if (_of(there, volume, runtime) if there else runtime or _home(mac, stack)) == runtimes.DOCKER:
            command = Volumes(runtimes.DOCKER, session.mac).imported(volume, digest, replace, stack)
        began, progress = time.monotonic(), Progress(lambda text: talk.say(name, f"volume {volume}", text))
        ended = give(session.open(command), source, progress)
        if ended.status != 0:
            raise Refused((_refusal(mac, volume, ended.status, ended.err),))
        report.outcome = Outcome.CHANGED
        _tell(report, volume, source, count, digest, began)

    return run_verb("volume import", lab, [mac], work, 1, talk, json, holds=True)


def _there(session: Session, report: MacReport, volume: str) -> list[str]:
    """The runtimes of the Mac that have this volume."""
    rows = list(seen_inside(session, report).volumes) if _machine(session.mac) else []
    found = [PODMAN] if volume in rows else []
    if runtimes.docker(session.mac):
        found += [runtimes.DOCKER for row in _in_docker(session) if row["volume"] == volume]
    return found


def _home(mac: Mac, stack: str) -> str:
    """Where a volume that is nowhere yet is made: where its stack runs, else where the Mac's do."""
    of = next((runtimes.of_stack(one, mac) for one in runtimes.all_stacks(mac) if one.name == stack), mac.runtime)
    return runtimes.DOCKER if of == runtimes.DOCKER else PODMAN


def _of(there: list[str], volume: str, runtime: str | None) -> str:
    """The one runtime that is meant. Raises `Refused` where it has no such volume, or where two have."""
    meant = [one for one in there if one == (runtime or one)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        what, why = f"two runtimes have a volume {volume}: {', '.join(meant)}", "a move keeps the old one for a while"
        raise Refused((Refusal(f"volume {volume}", "VOLUME_TWICE", what, why, "say which: --runtime docker"),))
    what, why = f"there is no volume {volume} on this Mac", "`carbon-fleet volume list LAB MAC` says which there are"
    raise Refused((Refusal(f"volume {volume}", "VOLUME_UNKNOWN", what, why, "name one of them"),))


def _tell(report: MacReport, volume: str, path: Path, count: int, digest: str, began: float) -> None:
    seconds = round(time.monotonic() - began, 3)
    report.measured["volume"] = {
        "volume": volume, "file": str(path), "bytes": count, "sha256": digest, "seconds": seconds
    }  # fmt: skip


def _refusal(mac: Mac, volume: str, status: int, err: tuple[str, ...]) -> Refusal:
    said = next((line for line in reversed(err) if line.strip()), f"it ended with status {status}")
    codes = {71: "VOLUME_IN_USE", 72: "VOLUME_NOT_EMPTY", 88: "NO_ROOM"}
    remedies = {
        71: f"stop what uses it (in the machine of {mac.name}: systemctl stop the service of the container), import, "
        "and run carbon-fleet apply, which starts it again",
        72: "run it again with --replace, if what is in it may be lost",
        88: "make room in the machine, or write a larger machine.disk",
    }
    why = "a container would find its data changed under it" if status == 71 else "the volume is as it was"
    return Refusal(
        f"volume {volume}", codes.get(status, "IMPORT_FAILED"), said, why, remedies.get(status, "run it again")
    )


def _free(path: Path) -> Path:
    """A path that nothing is at yet, in a folder that is there."""
    if path.exists():
        print(f"--output {path}: it is there already: move it away, or name another file", file=sys.stderr)
        raise Stop(Exit.USAGE)
    if not path.absolute().parent.is_dir():
        print(f"--output {path}: there is no folder {path.absolute().parent}", file=sys.stderr)
        raise Stop(Exit.USAGE)
    return path


def _read(source: Path) -> tuple[str, int]:
    try:
        return sha256_of(source)
    except OSError as error:
        print(f"--input {source}: cannot be read: {error.strerror}", file=sys.stderr)
        raise Stop(Exit.USAGE) from None
