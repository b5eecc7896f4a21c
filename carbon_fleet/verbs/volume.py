"""`volume list`, `export` and `import`: the data of stacks, streamed as tar, its sha256 computed at both ends."""

import sys
import time
from dataclasses import asdict
from pathlib import Path

from carbon_fleet import assets
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.plan import guest, shell
from carbon_fleet.report.document import Exit, MacReport, Outcome, Report
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.choice import lab_of, mac_of, usage
from carbon_fleet.verbs.fleet import run_verb
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.streaming import Progress, give, sha256_of, take
from carbon_fleet.verbs.talk import Talk
from carbon_fleet.verbs.volume_rows import PODMAN, filled, in_use, refusal, rows, sources, the_one
from operations import runtimes
from operations.moving.volumes import Volumes

TRANSFER_SECONDS = 12 * 3600
"""A volume may have hundreds of GB; a stream in which nothing moves is given up long before."""


def listed(file: Path, name: str, *, json: bool, quiet: bool) -> Report:
    """Every volume of the Mac: its stack, its size, the containers that use it now."""
    lab = lab_of(file)

    def work(session: Session, report: MacReport) -> None:
        report.measured["volumes"] = [asdict(row) for row in rows(session, report, sizes=True)]

    return run_verb("volume list", lab, [mac_of(lab, name)], work, 1, Talk(quiet), json)


def exported(
    file: Path, name: str, volume: str, output: Path | None, runtime: str | None, *, json: bool, quiet: bool
) -> Report:
    """Copy a volume into `output`, which comes into being only once it is whole and right."""
    lab, talk = lab_of(file), Talk(quiet)
    mac = _mac(lab, name, runtime)
    path = _free(output or Path(f"{name}-{volume}.tar"))

    def work(session: Session, report: MacReport) -> None:
        row = the_one(rows(session, report), volume, runtime)
        if row.runtime == runtimes.APPLE and row.used_by:
            raise Refused((in_use(row),))
        if row.runtime == PODMAN:
            command = guest(*shell(assets.text("volume/export.sh"), row.volume), deadline=TRANSFER_SECONDS)
        else:
            command = Volumes(row.runtime, session.mac).exported(row.volume, row.stack)
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
    mac = _mac(lab, name, runtime)
    digest, count = _read(source)

    def work(session: Session, report: MacReport) -> None:
        session.hold()
        row = filled(rows(session, report), volume, runtime, mac)
        words = (row.volume, str(count), digest, "yes" if replace else "no", row.stack)
        command = guest(*shell(assets.text("volume/import.sh"), *words), deadline=TRANSFER_SECONDS)
        if row.runtime != PODMAN:
            command = Volumes(row.runtime, session.mac).imported(row.volume, digest, replace, row.stack)
        began, progress = time.monotonic(), Progress(lambda text: talk.say(name, f"volume {volume}", text))
        ended = give(session.open(command), source, progress)
        if ended.status != 0:
            raise Refused((refusal(row, ended.status, ended.err),))
        report.outcome = Outcome.CHANGED
        _tell(report, volume, source, count, digest, began)

    return run_verb("volume import", lab, [mac], work, 1, talk, json, holds=True)


def _mac(lab: Lab, name: str, runtime: str | None) -> Mac:
    mac = mac_of(lab, name)
    if runtime is not None and runtime not in sources(mac):
        raise usage(f"--runtime {runtime}: the volumes of {name} are of: {', '.join(sources(mac))}")
    return mac


def _tell(report: MacReport, volume: str, path: Path, count: int, digest: str, began: float) -> None:
    seconds = round(time.monotonic() - began, 3)
    report.measured["volume"] = {
        "volume": volume, "file": str(path), "bytes": count, "sha256": digest, "seconds": seconds
    }  # fmt: skip


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
