"""`apply`: makes the Macs what the lab file says."""

from collections.abc import Sequence
from pathlib import Path

from carbon_fleet.engine.courier import Courier
from carbon_fleet.engine.fleet import open_session
from carbon_fleet.engine.givens import with_given
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.work import converge
from carbon_fleet.report.document import MacReport, Report
from carbon_fleet.verbs.choice import consenting, lab_of, macs_of
from carbon_fleet.verbs.fleet import PARALLEL, run_verb
from carbon_fleet.verbs.talk import Talk
from operations.stack.volumes import CONSENT


def apply(
    file: Path,
    limit: Sequence[str],
    allow_replace: Sequence[str],
    delete_volumes: Sequence[str] = (),
    *,
    parallel: int = PARALLEL,
    json: bool = False,
    quiet: bool = False,
) -> Report:
    """Make the Macs what the lab file says. `allow_replace` names the Macs whose machine may be destroyed for it.

    `delete_volumes` names those where volumes that no stack uses any more may be removed.
    """
    lab = lab_of(file)
    consent, emptied = consenting(lab, allow_replace), consenting(lab, delete_volumes, "--delete-volumes")
    talk, macs = Talk(quiet), with_given(lab, macs_of(lab, limit))
    courier = Courier(lab, macs, open_session, talk.say)

    def work(session: Session, report: MacReport) -> None:
        rules = Rules(report.mac in consent, frozenset({CONSENT} if report.mac in emptied else ()))
        converge(session, report, rules, say=talk.say, courier=courier)

    report = run_verb("apply", lab, macs, work, parallel, talk, json, ended=courier.ended)
    courier.close()
    return report
