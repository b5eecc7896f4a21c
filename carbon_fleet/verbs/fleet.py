"""`apply`, `drift` and `probe`: one run over a lab's Macs, told as it goes, ending in a Report."""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from carbon_fleet.engine.courier import Courier
from carbon_fleet.engine.fleet import Work, open_session, run_fleet
from carbon_fleet.engine.givens import with_given
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.work import converge, look
from carbon_fleet.plan.registry import resources
from carbon_fleet.report.document import MacReport, Report
from carbon_fleet.report.values import visible
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.choice import consenting, lab_of, mac_of, macs_of
from carbon_fleet.verbs.output import show
from operations.stack.volumes import CONSENT

PARALLEL = 60


class Talk:
    """Progress on standard error, one line an event."""

    def __init__(self, quiet: bool) -> None:
        """Say nothing when `quiet`."""
        self.quiet, self.began = quiet, time.monotonic()

    def say(self, mac: str, address: str, text: str) -> None:
        """One event of one Mac."""
        if self.quiet:
            return
        try:
            print(
                visible(f"{time.monotonic() - self.began:6.1f}s {mac}  {address}: {text}"), file=sys.stderr, flush=True
            )
        except OSError:  # whoever listened is gone (`2>&1 | head`): no reason to leave a Mac half done
            self.quiet = True

    def done(self, report: MacReport) -> None:
        """A Mac's end."""
        self.say(report.mac, "done", f"{report.outcome.value} in {report.seconds:.1f} s")


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
        allowed, consents = report.mac in consent, frozenset({CONSENT} if report.mac in emptied else ())
        converge(session, report, allow_replace=allowed, say=talk.say, courier=courier, consents=consents)

    report = run_verb("apply", lab, macs, work, parallel, talk, json, ended=courier.ended)
    courier.close()
    return report


def drift(
    file: Path,
    limit: Sequence[str],
    *,
    parallel: int = PARALLEL,
    json: bool = False,
    quiet: bool = False,
    timing: bool = False,
) -> Report:
    """Say what on the Macs is not as the lab file says; one look per Mac, nothing is changed."""
    lab = lab_of(file)
    macs = with_given(lab, macs_of(lab, limit))
    return run_verb("drift", lab, macs, look, parallel, Talk(quiet), json, timing=timing)


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
) -> Report:
    """Do `work` on the Macs, show the Report on standard output and return it; `ended` hears of each Mac as it ends."""
    report = Report(verb, lab.name, str(lab.path), datetime.now(UTC).isoformat(timespec="seconds"))
    began = time.monotonic()
    report.resources = len(resources()) * len(macs)

    def done(mac: MacReport) -> None:
        ended(mac.mac)
        talk.done(mac)

    report.macs = run_fleet(lab, macs, work, parallel=parallel, done=done, timing=timing)
    report.seconds = round(time.monotonic() - began, 3)
    show(report, json=json)
    return report


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
