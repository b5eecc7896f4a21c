"""`compat`: whether what a Mac has goes together, by rules that ship with carbon-fleet and by the lab's lock."""

from collections.abc import Sequence
from pathlib import Path

from carbon_fleet.engine.session import Session
from carbon_fleet.engine.work import noted
from carbon_fleet.lock.judge import judge
from carbon_fleet.lock.rules import compatibility
from carbon_fleet.lock.seen import seen_on
from carbon_fleet.report.compatibility import fill
from carbon_fleet.report.document import MacReport, Report
from carbon_fleet.verbs.choice import lab_of, macs_of
from carbon_fleet.verbs.fleet import run_verb
from carbon_fleet.verbs.talk import Talk


def compat(file: Path, chosen: Sequence[str], *, parallel: int, json: bool, quiet: bool) -> Report:
    """Judge each Mac's versions by one look: known good, known bad (by which rule, what to move), or unknown."""
    lab = lab_of(file)
    sets, known = lab.locked.sets if lab.locked else (), compatibility()

    def work(session: Session, report: MacReport) -> None:
        snapshot = session.snapshot()
        noted(report, snapshot)
        seen = seen_on(session.mac, snapshot)
        verdict = judge(seen.things, known.rules, sets, seen.bottles)
        fill(report, seen.things, verdict, known, sets, lab_file=str(file))

    options = {"as_of": known.as_of.isoformat()}
    return run_verb("compat", lab, macs_of(lab, chosen), work, parallel, Talk(quiet), json, options=options)
