"""`matrix`: which of a Mac's container runtimes compute, and on what, as measured now."""

import sys
from collections.abc import Sequence
from pathlib import Path

from carbon_fleet.engine.session import Session
from carbon_fleet.matrix.runtimes import Entry
from carbon_fleet.report.document import MacReport, Outcome, Report
from carbon_fleet.spec import Mac
from carbon_fleet.verbs.agree import ask
from carbon_fleet.verbs.choice import lab_of, macs_of, usage
from carbon_fleet.verbs.fleet import run_verb
from carbon_fleet.verbs.matrix_linux import linux_entry
from carbon_fleet.verbs.matrix_trying import Trying, told_all
from carbon_fleet.verbs.talk import Talk


def matrix(
    file: Path,
    chosen: Sequence[str],
    *,
    parallel: int,
    json: bool,
    quiet: bool,
    starting: bool = False,
    yes: bool = False,
    lock_wait: float = 0.0,
) -> Report:
    """Try each runtime of the chosen Macs. A runtime that does not compute is a finding, not a failure of the verb.

    `starting` (`--try`): those that do not run are started, tried and stopped again, after asking (not with `yes`).
    """
    lab, talk = lab_of(file), Talk(quiet)
    macs = macs_of(lab, chosen)
    if starting and not yes:
        _agree(macs)

    def work(session: Session, report: MacReport) -> None:
        if session.mac.linux:
            _linux(session, report, talk)
        else:
            Trying(session, report, talk.say, starting=starting).run()
        if report.outcome is Outcome.CONVERGED:
            report.outcome = Outcome.MEASURED

    return run_verb("matrix", lab, macs, work, parallel, talk, json, holds=starting, lock_wait=lock_wait)


def _linux(session: Session, report: MacReport, talk: Talk) -> None:
    entry: Entry = linux_entry(session, report, talk.say)
    told_all(report, [entry])


def _agree(macs: Sequence[Mac]) -> None:
    """Ask a person; who cannot be asked ends the verb with 64, who says no with 3."""
    if not sys.stdin.isatty():
        raise usage("nobody can be asked here: add `--yes`, or leave out `--try`")
    names = ", ".join(mac.name for mac in macs if not mac.linux) or "no Mac"
    ask(f"Start what does not run on {names} (with all that restarts in it) and stop it again?")
