"""`destroy`: the Macs as they were found, shown and asked for first.

Waivers are about what a lab wants of its Macs, and count for nothing here.
"""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from carbon_fleet.engine import leave
from carbon_fleet.engine.fleet import run_fleet
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.report.document import Exit, MacReport, Outcome, Planned, Report
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.report.text import print_report, talking
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.choice import consenting, lab_of, macs_of, usage
from carbon_fleet.verbs.fleet import run_verb
from carbon_fleet.verbs.run import Run
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.talk import Talk
from carbon_fleet.verify.runner import verify_macs
from carbon_fleet.verify.tiers import GONE
from operations.stack.volumes import CONSENT


def destroy(
    file: Path,
    names: Sequence[str],
    *,
    delete_volumes: bool,
    found_nothing: Sequence[str] = (),
    yes: bool,
    lock_wait: float,
    parallel: int,
    json: bool,
    quiet: bool,
) -> Report:
    """Leave the Macs as they were found; without `yes` a person sees what goes, and is asked.

    `found_nothing` names Macs that a person vouches had nothing of the lab's before, where nobody noted it.
    """
    lab, talk = lab_of(file), Talk(quiet)
    vouched = frozenset(consenting(lab, found_nothing, "--found-nothing"))
    macs = macs_of(lab, names)
    rules = Rules(consents=frozenset({CONSENT} if delete_volumes else ()))
    agreed = None if yes else _agreed(lab, macs, rules, parallel, talk, vouched)
    macs = macs if agreed is None else [mac for mac in macs if mac.name in agreed]

    before: dict[str, Mapping[str, Any]] = {}

    def work(session: Session, report: MacReport) -> None:
        journal = leave.journal_of(session, vouched=report.mac in vouched)
        if journal is None:  # nothing of ours is there, not even a lock
            return
        session.hold()  # forgets the look where it may be old: what is undone is what is there
        shown = agreed[report.mac] if agreed is not None else None
        leave.leave(session, report, journal, rules, talk.say, shown)
        before[report.mac] = journal.before

    options = {"limit": list(names), "delete_volumes": delete_volumes, "parallel": parallel, "lock_wait": lock_wait}
    options["found_nothing"] = sorted(vouched)
    return run_verb(
        *("destroy", lab, macs, work, parallel, talk, json),
        options=options,
        ending=lambda report: _verified(lab, report, before),
        changes=True,
        lock_wait=lock_wait,
    )


def _verified(lab: Lab, report: Report, before: Mapping[str, Mapping[str, Any]]) -> None:
    """An independent look at the Macs that were left: that nothing of ours is there, and all that was before."""
    left = {mac.mac: mac for mac in report.macs if mac.outcome is Outcome.CHANGED and mac.mac in before}
    macs = [lab.mac(name) for name in left]
    for look in verify_macs(lab, macs, junitxml=None, done=lambda one: None, tiers=[GONE], before=before):
        mac = left[look.mac]
        mac.tests = look.tests
        mac.failures += look.failures
        mac.outcome = mac.outcome if look.outcome is Outcome.VERIFIED else look.outcome


def _agreed(
    lab: Lab, macs: Sequence[Mac], rules: Rules, parallel: int, talk: Talk, vouched: frozenset[str]
) -> Mapping[str, leave.Agreed]:
    """Show a person what would go, and ask; what they agreed to, by Mac.

    Where nothing would go nobody is asked, and the verb ends as the look did. Whoever says no ends it with 3, and with
    64 who cannot be asked.
    """
    if not sys.stdin.isatty():
        raise usage("nobody can be asked here: add `--yes`")
    run, shown = Run("plan", lab, macs), dict[str, leave.Agreed]()

    def look(session: Session, report: MacReport) -> None:
        found = leave.changes(session, rules, vouched=report.mac in vouched)
        report.changes = [Planned.of(change) for change in found]
        if found:
            shown[report.mac] = leave.agreement(found)
        report.outcome = Outcome.DRIFTED if report.changes else Outcome.CONVERGED

    with talk.over(macs):
        run.report.macs = run_fleet(lab, macs, look, parallel=parallel, done=lambda report: None, witness=talk)
    print_report(HIDDEN.of(run.report), talking())
    if not shown:
        raise Stop(run.report.exit_code)
    print("Destroy all this? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        print("nothing was changed", file=sys.stderr)
        raise Stop(Exit.REFUSED)
    return shown
