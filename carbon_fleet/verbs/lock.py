"""`lock`: writes down what was seen working, and moves that only by consent."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from json import dumps
from pathlib import Path
from typing import Any

from carbon_fleet.lock.judge import BOTTLE
from carbon_fleet.lock.making import Moving, locked_now, moving, upgraded
from carbon_fleet.lock.rules import compatibility
from carbon_fleet.report.document import Exit
from carbon_fleet.spec import Lab, LockFile
from carbon_fleet.spec.lockfile import lock_text
from carbon_fleet.verbs.choice import lab_of, macs_of, usage
from carbon_fleet.verbs.ending import forget_reader
from carbon_fleet.verbs.lock_text import json_of, kept_lines, moving_lines
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.verified import Verifies, last_verifies
from carbon_fleet.verbs.writing import write_whole

FORMAT_VERSION = 1


@dataclass
class Outcome:
    """What came of it: how each chosen Mac stands to the lock, in words and as plain JSON values."""

    lines: list[str] = field(default_factory=list)
    macs: list[dict[str, Any]] = field(default_factory=list)
    written: bool = False
    code: int = Exit.OK


def lock(file: Path, limit: Sequence[str], *, upgrade: bool, names: Sequence[str], yes: bool, json: bool) -> int:
    """Write the lab's lock, or show what of it would move, and move it. Returns the exit code."""
    if names and not upgrade:
        raise usage(f"{' '.join(names)}: name things behind `--upgrade` only; `--limit` chooses Macs")
    lab = lab_of(file)
    chosen = [mac.name for mac in macs_of(lab, limit)]
    verifies = last_verifies(lab.name, chosen)
    outcome = _upgrade(lab, chosen, verifies, names, yes) if upgrade else _lock(lab, chosen, verifies)
    try:
        if json:
            head = {"format_version": FORMAT_VERSION, "lab": lab.name, "lock": str(lab.lock_path)}
            print(dumps({**head, "written": outcome.written, "macs": outcome.macs}, indent=2))
        elif outcome.lines:
            print("\n".join(outcome.lines))
        sys.stdout.flush()
    except BrokenPipeError:
        forget_reader()
    return outcome.code


def _lock(lab: Lab, chosen: Sequence[str], verifies: Verifies) -> Outcome:
    made, outcome = locked_now(lab.locked, lab.name, list(lab.macs), verifies.passed), Outcome()
    for mac in chosen:
        told = json_of(mac, made, lab.locked, verifies)
        outcome.macs.append(told)
        outcome.lines += kept_lines(told)
    if any(told["state"] == "not locked" for told in outcome.macs):
        outcome.code = Exit.SOME_FAILED
    return _written(lab, made, outcome) if made.sets or lab.locked else outcome


def _upgrade(lab: Lab, chosen: Sequence[str], verifies: Verifies, names: Sequence[str], yes: bool) -> Outcome:
    if lab.locked is None:
        raise usage(f"{lab.lock_path} is not there: `carbon-fleet lock {lab.path}` writes it")
    _known(lab.locked, verifies, names)
    moves = list(moving(lab.locked, chosen, verifies.passed, names, compatibility().rules))
    outcome = Outcome(macs=[_told(move, verifies) for move in moves])
    for move in moves:
        outcome.lines += moving_lines(move, verifies.passed[move.mac].run)
    for mac in chosen:
        if mac in verifies.why_not:
            outcome.lines.append(f"{mac}: stays as it is locked: {verifies.why_not[mac]}")
    if not moves:
        print("nothing in the lock would move", file=sys.stderr)
        return outcome
    if any(move.broken for move in moves):
        print(
            "nothing was written: what a rule speaks against is not locked (--limit leaves Macs out)", file=sys.stderr
        )
        outcome.code = Exit.REFUSED
        return outcome
    return _by_consent(lab, upgraded(lab.locked, list(lab.macs), moves, verifies.passed), outcome, yes)


def _told(move: Moving, verifies: Verifies) -> dict[str, Any]:
    moves = [asdict(each) for each in move.moves]
    rules = [{"id": rule.id, "code": rule.code, "sources": rule.sources} for rule in move.broken]
    run = verifies.passed[move.mac].run
    return {"mac": move.mac, "state": "moves", "run": run, "moves": moves, "rules": rules, "rest": list(move.rest)}


def _known(lock: LockFile, verifies: Verifies, names: Sequence[str]) -> None:
    known = {name for each in lock.sets for name in each.things}
    known |= {name for one in verifies.passed.values() for name in one.seen.things}
    known |= {f"{BOTTLE}{name}" for each in lock.sets for name in each.bottles}
    for name in names:
        if name not in known:
            raise usage(f"{name}: neither the lock nor a verify has such a thing; they have {', '.join(sorted(known))}")


def _by_consent(lab: Lab, made: LockFile, outcome: Outcome, yes: bool) -> Outcome:
    if not yes and not sys.stdin.isatty():
        print("nothing was written: add `--yes`", file=sys.stderr)
        outcome.code = Exit.PENDING
        return outcome
    if not yes:
        # What is asked about has to be seen first, wherever the answer goes.
        print("\n".join(outcome.lines), "\nMove the lock? [y/N] ", sep="", end="", file=sys.stderr, flush=True)
        outcome.lines = []
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            print("nothing was written", file=sys.stderr)
            raise Stop(Exit.REFUSED)
    return _written(lab, made, outcome)


def _written(lab: Lab, made: LockFile, outcome: Outcome) -> Outcome:
    if made == lab.locked:
        print(f"{lab.lock_path} says so already", file=sys.stderr)
        return outcome
    if failed := write_whole(lab.lock_path, lock_text(made)):
        raise Stop(failed)
    outcome.written = True
    macs, sets = sum(len(each.macs) for each in made.sets), f"{len(made.sets)} set{'s' * (len(made.sets) != 1)}"
    print(f"written: {lab.lock_path} ({macs} of {len(lab.macs)} Macs, in {sets})", file=sys.stderr)
    return outcome
