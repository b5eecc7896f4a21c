"""`volume list`, `export` and `import`: the data of stacks, streamed as tar, its sha256 computed at both ends."""

import json as jsonlib
import sys
import time
from pathlib import Path

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
from operations.stack.quadlet import STACK_LABEL
from operations.stack.seen import StackSeen
from operations.stack.volumes import named
from operations.stack.wish import Stacks

TRANSFER_SECONDS = 12 * 3600
"""A volume may have hundreds of GB; a stream in which nothing moves is given up long before."""


def listed(file: Path, name: str, *, json: bool, quiet: bool) -> Report:
    """Every volume of the machine: its stack, its size, the containers that use it now."""
    lab = lab_of(file)

    def work(session: Session, report: MacReport) -> None:
        there = sorted(seen_inside(session, report).volumes)
        labels = {
            item["Name"]: (item.get("Labels") or {}).get(STACK_LABEL, "")
            for item in jsonlib.loads(
                "\n".join(_asked(session, guest("podman", "volume", "ls", "--format", "json")).out)
            )
            or []
        }
        sizes = guest(*shell(assets.text("volume/sizes.sh"), *there), deadline=600)
        rows = [line.split(" ", 2) for line in _asked(session, sizes).out] if there else []
        report.measured["volumes"] = [
            {"volume": volume, "stack": labels.get(volume, ""), "bytes": int(size) * 1024, "used_by": used}
            for volume, size, used in rows
        ]

    return run_verb("volume list", lab, [mac_of(lab, name)], work, 1, Talk(quiet), json)


def _asked(session: Session, command: Command) -> Ran:
    ran = session.ask(command)
    if ran.status != 0:
        raise Unreadable("volumes", ran.status, "\n".join(ran.err))
    return ran


def exported(file: Path, name: str, volume: str, output: Path | None, *, json: bool, quiet: bool) -> Report:
    """Copy a volume into `output`, which comes into being only once it is whole and right."""
    lab, talk = lab_of(file), Talk(quiet)
    mac = mac_of(lab, name)
    path = _free(output or Path(f"{name}-{volume}.tar"))

    def work(session: Session, report: MacReport) -> None:
        _there(volume, seen_inside(session, report))
        command = guest(*shell(assets.text("volume/export.sh"), volume), deadline=TRANSFER_SECONDS)
        began, progress = time.monotonic(), Progress(lambda text: talk.say(name, f"volume {volume}", text))
        count, digest = take(session.open(command), path, progress)
        _tell(report, volume, path, count, digest, began)

    return run_verb("volume export", lab, [mac], work, 1, talk, json)


def imported(file: Path, name: str, volume: str, source: Path, *, replace: bool, json: bool, quiet: bool) -> Report:
    """Fill a volume from `source`; it is as it was until all of it has arrived and its sha256 was found right there."""
    lab, talk = lab_of(file), Talk(quiet)
    mac = mac_of(lab, name)
    digest, count = _read(source)

    def work(session: Session, report: MacReport) -> None:
        session.hold()
        seen_inside(session, report)
        stack = named(mac.section("stacks", Stacks)).get(volume, "")
        words = (volume, str(count), digest, "yes" if replace else "no", stack)
        command = guest(*shell(assets.text("volume/import.sh"), *words), deadline=TRANSFER_SECONDS)
        began, progress = time.monotonic(), Progress(lambda text: talk.say(name, f"volume {volume}", text))
        ended = give(session.open(command), source, progress)
        if ended.status != 0:
            raise Refused((_refusal(mac, volume, ended.status, ended.err),))
        report.outcome = Outcome.CHANGED
        _tell(report, volume, source, count, digest, began)

    return run_verb("volume import", lab, [mac], work, 1, talk, json, holds=True)


def _tell(report: MacReport, volume: str, path: Path, count: int, digest: str, began: float) -> None:
    seconds = round(time.monotonic() - began, 3)
    report.measured["volume"] = {
        "volume": volume, "file": str(path), "bytes": count, "sha256": digest, "seconds": seconds
    }  # fmt: skip


def _there(volume: str, seen: StackSeen) -> None:
    if volume not in seen.volumes:
        there = ", ".join(sorted(seen.volumes)) or "none"
        what, why = f"the machine has no volume {volume}", f"its volumes: {there}"
        raise Refused((Refusal(f"volume {volume}", "VOLUME_UNKNOWN", what, why, "name one of them"),))


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
