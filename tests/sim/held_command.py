"""One long command on one Mac of a lab, on the `mac` or in its `guest`, as the engine runs it.

Arguments: the lab file, the Mac, where, the seconds to sleep, and optionally the deadline and the network's grace.
"""

import sys
from pathlib import Path

from carbon_fleet.engine import fleet, session
from carbon_fleet.engine.session import Session
from carbon_fleet.plan import Command, Where
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.report.document import MacReport
from carbon_fleet.spec import load_lab

FILE, MAC, WHERE, SECONDS = sys.argv[1:5]
DEADLINE, GRACE = (*map(int, sys.argv[5:7]), *(600, 45)[len(sys.argv[5:7]) :])


def work(connected: Session, report: MacReport) -> None:
    """Look, for the way into the guest, then run it."""
    connected.snapshot()
    connected.run("test", Command(("/bin/sleep", SECONDS), Where(WHERE), deadline=DEADLINE))


session.NETWORK_GRACE = GRACE
lab = load_lab(Path(FILE), lab_sections())
(report,) = fleet.run_fleet(lab, [lab.mac(MAC)], work, parallel=1, done=lambda report: None)
print(report.outcome, *[failure.what for failure in report.failures])
