"""What the probe sees of Macs, for verbs that only want to know."""

from collections.abc import Sequence

from carbon_fleet.report.document import MacReport
from carbon_fleet.spec import Lab, Mac

PARALLEL = 60
SEEN = "seen"
"""Where a Report has the versions of a Mac's layers (`carbon_fleet/lock/seen.py`): what a lock is made from."""


def probe_views(lab: Lab, macs: Sequence[Mac]) -> dict[str, MacReport]:
    """One look at each Mac, by its name: what `drift` would say of it. The engine is loaded here, and patches."""
    from carbon_fleet.engine.fleet import run_fleet
    from carbon_fleet.engine.givens import with_given
    from carbon_fleet.engine.session import Session
    from carbon_fleet.engine.work import look
    from carbon_fleet.lock.seen import seen_on

    def work(session: Session, report: MacReport) -> None:
        report.measured[SEEN] = seen_on(session.mac, session.snapshot()).plain
        look(session, report)

    seen = run_fleet(lab, with_given(lab, macs), work, parallel=PARALLEL, done=lambda mac: None)
    return {report.mac: report for report in seen}
