"""`doctor`: what is wrong with the Macs, why, and what mends it; `--fix` makes the Changes that do."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from carbon_fleet.doctor import context
from carbon_fleet.doctor.asking import questions
from carbon_fleet.doctor.diagnose import Diagnosed, diagnose
from carbon_fleet.doctor.health import OWN
from carbon_fleet.doctor.patient import Patient
from carbon_fleet.engine.courier import Courier
from carbon_fleet.engine.fleet import Work, open_session, run_fleet
from carbon_fleet.engine.givens import with_given
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.work import begin, converge, noted, run_change
from carbon_fleet.plan import Change, World
from carbon_fleet.plan.selection import Selection
from carbon_fleet.report.document import MacReport, Outcome, Planned, Report
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.report.text import print_report, talking
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.agree import ask
from carbon_fleet.verbs.choice import lab_of, macs_of, usage
from carbon_fleet.verbs.fleet import PARALLEL, run_verb
from carbon_fleet.verbs.run import Run
from carbon_fleet.verbs.support import write_bundle
from carbon_fleet.verbs.talk import Talk

LOCAL_LAB = Path("inventories/local.yml")
Agreed = Mapping[str, frozenset[tuple[str, str]]]
"""By Mac: address and action of each Change a person agreed to."""


def examine(session: Session, report: MacReport) -> Diagnosed:
    """One look; what it shows goes into the report."""
    session.asked = questions(session.mac)
    snapshot = session.snapshot()
    noted(report, snapshot)
    patient = Patient(World(session.mac, snapshot))
    found = diagnose(patient)
    report.diagnoses, report.context = list(found.diagnoses), context.told(patient)
    report.outcome = Outcome.HEALTHY if found.well else Outcome.AILING
    return found


class Healing:
    """`--fix` on one Mac after another: of what would mend it no more than was `agreed` to (None: all of it)."""

    def __init__(self, courier: Courier, talk: Talk, agreed: Agreed | None) -> None:
        """Nothing is done yet."""
        self.courier, self.talk, self.agreed = courier, talk, agreed

    def work(self, session: Session, report: MacReport) -> None:
        """Look, make the Changes that mend, look again."""
        found = examine(session, report)
        cures = [change for change in found.cures if self._may(session.mac, change)]
        if not cures:
            return
        codes = [each.code for each in report.diagnoses if not each.note or each.fix]
        self._heal(session, report, cures)
        session.forget()
        examine(session, report)
        left = {each.code for each in report.diagnoses}
        report.healed = list(dict.fromkeys(code for code in codes if code not in left))

    def _may(self, mac: Mac, change: Change) -> bool:
        return self.agreed is None or _named(change) in self.agreed.get(mac.name, frozenset())

    def _heal(self, session: Session, report: MacReport, cures: Sequence[Change]) -> None:
        allowed = frozenset(_named(change) for change in cures)
        resources = tuple(change.address for change in cures if change.address not in OWN)
        if resources:
            rules = Rules(selection=Selection(only=resources), chosen=lambda change: _named(change) in allowed)
            converge(session, report, rules, say=self.talk.say, courier=self.courier)
        for change in sorted((one for one in cures if one.address in OWN), key=lambda one: OWN.index(one.address)):
            session.hold()
            session.snapshot()
            begin(session, change, report)
            run_change(session, change, self.talk.say)


def _named(change: Change) -> tuple[str, str]:
    return change.address, change.action.value


def doctor(
    file: Path | None,
    chosen: Sequence[str],
    *,
    fix: bool = False,
    yes: bool = False,
    bundle: Path | None = None,
    lock_wait: float = 0.0,
    parallel: int = PARALLEL,
    json: bool = False,
    quiet: bool = False,
) -> Report:
    """Say what is wrong with the chosen Macs, one look each. With `fix` mend what may be mended, after asking.

    `bundle` is where a redacted support bundle goes. Without a lab file it is this Mac, as inventories/local.yml says.
    """
    path = file or _local()
    lab, talk = lab_of(path), Talk(quiet)
    macs = with_given(lab, macs_of(lab, chosen))
    snapshots: dict[str, Snapshot] = {}
    agreed = _agreed(lab, macs, parallel, talk) if fix and not yes else None
    courier = Courier(lab, macs, open_session, talk.say) if fix else None
    healing = Healing(courier, talk, agreed) if courier else None

    def work(session: Session, report: MacReport) -> None:
        try:
            if healing is not None:
                healing.work(session, report)
            else:
                examine(session, report)
        finally:
            if session.seen is not None:
                snapshots[report.mac] = session.seen

    report = run_verb(
        *("doctor", lab, macs, work, parallel, talk, json),
        ended=courier.ended if courier else lambda mac: None,
        options={"limit": list(chosen), "fix": fix, **({"bundle": str(bundle)} if bundle else {})},
        changes=fix,
        lock_wait=lock_wait,
    )
    if courier:
        courier.close()
    if bundle:
        write_bundle(bundle, lab, macs, report, snapshots)
    return report


def _local() -> Path:
    if not LOCAL_LAB.is_file():
        raise usage(f"name a lab file: there is no {LOCAL_LAB} here, by which this Mac itself would be looked at")
    return LOCAL_LAB


def _agreed(lab: Lab, macs: Sequence[Mac], parallel: int, talk: Talk) -> Agreed:
    """What a person agrees to, of all that would mend something. Whoever says no ends the verb with 3."""
    if not sys.stdin.isatty():
        raise usage("nobody can be asked here: add `--yes`, or look first, without --fix")
    run, cures = Run("doctor", lab, macs), dict[str, tuple[Change, ...]]()

    def work(session: Session, report: MacReport) -> None:
        found = examine(session, report)
        cures[report.mac] = found.cures
        report.changes = [Planned.of(change) for change in found.cures]

    look: Work = work
    with talk.over(macs):
        run.report.macs = run_fleet(lab, macs, look, parallel=parallel, done=lambda mac: None, witness=talk)
    if any(cures.values()):
        print_report(HIDDEN.of(run.report), talking())
        ask("Make these changes?")
    return {name: frozenset(map(_named, changes)) for name, changes in cures.items()}
