"""What verbs that connect to a lab's Macs do: one piece of work on each, told as it goes, ending in a Report."""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from carbon_fleet.engine.fleet import Work, run_fleet
from carbon_fleet.engine.interrupt import Stop, interruptible
from carbon_fleet.engine.mac_lock import Holding
from carbon_fleet.engine.session import Session
from carbon_fleet.report.document import MacReport, Report
from carbon_fleet.runs.ledger import Ledger
from carbon_fleet.runs.scribe import Scribe
from carbon_fleet.runs.witness import Witnesses
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.canaries import kinds_of, verify_canaries
from carbon_fleet.verbs.choice import lab_of, mac_of
from carbon_fleet.verbs.rollout import STRAIGHT, Course, Rollout
from carbon_fleet.verbs.run import Run
from carbon_fleet.verbs.talk import Talk, stopping_words

PARALLEL = 60


def run_verb(
    verb: str,
    lab: Lab,
    macs: Sequence[Mac],
    work: Work,
    parallel: int,
    talk: Talk,
    json: bool,
    *,
    timing: bool = False,
    ended: Callable[[str], None] = lambda mac: None,
    options: Mapping[str, Any] | None = None,
    ending: Callable[[Report], None] = lambda report: None,
    changes: bool = False,
    holds: bool = False,
    course: Course = STRAIGHT,
    lock_wait: float = 0.0,
) -> Report:
    """Do `work` on the Macs, show the Report on standard output and return it; `ended` hears of each Mac as it ends.

    `ending` may add to the Report before it is shown.

    With `changes` the run keeps a journal, holds each Mac's lock (waiting `lock_wait` seconds for it), and the first
    Ctrl-C lets each Mac end after the Change it is in. `course` says in which waves the Macs have their turn. A verb
    that only `holds` the locks asks for each by `Session.hold` itself.
    """
    run = Run(verb, lab, macs, options)

    def done(report: MacReport) -> None:
        ended(report.mac)

    holding = Holding(run.report.controller, verb, run.report.run, lock_wait)
    if changes:
        scribe = _in_waves(run, work, parallel, talk, done, course, holding)
        ending(run.report)
        scribe.end(run.report)
    else:
        with talk.over(macs):
            run.report.macs = run_fleet(
                lab,
                macs,
                work,
                parallel=parallel,
                done=done,
                timing=timing,
                witness=talk,
                holding=holding if holds else None,
            )
        ending(run.report)
    return run.end(json=json)


def _in_waves(
    run: Run,
    work: Work,
    parallel: int,
    talk: Talk,
    done: Callable[[MacReport], None],
    course: Course,
    holding: Holding,
) -> Scribe:
    lab, macs, names = run.lab, run.macs, [mac.name for mac in run.macs]
    ledger, scribe = Ledger(names), Scribe(run.report, names, talk.warn)
    stop = Stop(lambda: talk.warn(stopping_words(ledger.working)))
    rollout = Rollout(lab, macs, course, stop, run.report.run)
    heard = Witnesses([ledger, scribe, talk])

    def fleet(some: Sequence[Mac]) -> list[MacReport]:
        def ends(report: MacReport) -> None:
            rollout.heard(report)
            done(report)

        return run_fleet(
            lab,
            some,
            work,
            parallel=parallel,
            done=ends,
            witness=heard,
            hold=rollout.hold,
            stopping=stop,
            seconds=course.seconds,
            holding=holding,
        )

    try:
        with talk.over(macs), interruptible(stop):
            verify = partial(verify_canaries, lab, talk=talk, witness=scribe)
            rollout.go(fleet, verify, lambda: kinds_of(lab, macs, parallel))
    except KeyboardInterrupt:
        run.report.macs, run.report.interrupted = ledger.cut_off(), True
        run.keep()
        raise
    run.report.macs = ledger.macs
    rollout.conclude(run.report)
    return scribe


def probe(file: Path, name: str) -> int:
    """Print what one Mac's probe answered, raw, with the time each section took."""
    lab = lab_of(file)
    texts: list[str] = []

    def work(session: Session, report: MacReport) -> None:
        texts.extend(session.raw())

    reports = run_fleet(lab, [mac_of(lab, name)], work, parallel=1, done=lambda report: None, timing=True)
    if texts:
        print("\n".join(texts))
    for failure in reports[0].failures:
        print(f"{failure.code}: {failure.what}; {failure.remedy}", file=sys.stderr)
    return Report("probe", lab.name, str(file), "", macs=reports).exit_code
