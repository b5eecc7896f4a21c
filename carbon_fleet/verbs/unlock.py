"""`unlock`: who is changing a Mac, and the end of a lock whose holder is gone for good."""

import sys
from pathlib import Path

from carbon_fleet.engine.fleet import run_fleet
from carbon_fleet.engine.mac_lock import answered
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.plan import Refusal, lock
from carbon_fleet.plan.lock import Answer
from carbon_fleet.report.document import Exit, MacReport, Report
from carbon_fleet.report.values import visible
from carbon_fleet.verbs.choice import lab_of, mac_of


def unlock(file: Path, name: str, id_: str | None) -> int:
    """Say who holds the lock of the Mac `name`; with `id_`, let it go if it is held by that id. The exit code."""
    lab = lab_of(file)
    mac = mac_of(lab, name)
    said: list[str] = []

    def work(session: Session, report: MacReport) -> None:
        found = answered(session.ask(lock.look()))
        if id_ is None:
            said.append(_shown(found, file, name))
        else:
            said.append(_released(session, found, id_, file, name))

    reports = run_fleet(lab, [mac], work, parallel=1, done=lambda report: None)
    for text in said:
        print(visible(text))
    for failure in reports[0].failures:
        print(visible(f"{failure.code}: {failure.what}; {failure.remedy}"), file=sys.stderr)
    return Report("unlock", lab.name, str(file), "", macs=reports).exit_code if reports[0].failures else Exit.OK


def _shown(found: Answer, file: Path, name: str) -> str:
    holder = found.holder
    if found.state == "free" or holder is None:
        return f"{name} is not locked"
    if holder.dead:
        return f"{name} was locked by {lock.held_by(holder)}: it counts no more, {holder.dead}; the next run takes over"
    remedy = f"if that run is surely over: carbon-fleet unlock {file} {name} --id {holder.id}"
    return f"{name} is locked by {lock.held_by(holder)}{lock.held_for(holder)}; {remedy}"


def _released(session: Session, found: Answer, id_: str, file: Path, name: str) -> str:
    if found.state == "free" or found.holder is None:
        return f"{name} is not locked"
    if answered(session.ask(lock.release(id_))).state != "released":
        raise Refused((_another(found, id_, file, name),))
    return f"{name} is free: the lock of {lock.held_by(found.holder)} is gone"


def _another(found: Answer, id_: str, file: Path, name: str) -> Refusal:
    holder = found.holder
    what = f"{id_} is not the id of the lock"
    why = f"it is held by {lock.held_by(holder)}" if holder else "nobody can be named who holds it"
    remedy = f"look who holds it now: carbon-fleet unlock {file} {name}"
    return Refusal("lock", "LOCK_OTHER", f"{what}: {why}", why, remedy)
