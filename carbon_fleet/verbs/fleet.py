"""What verbs that connect to a lab's Macs do: one piece of work on each, told as it goes, ending in a Report."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from carbon_fleet.engine.fleet import Work, run_fleet
from carbon_fleet.engine.session import Session
from carbon_fleet.report.document import MacReport, Report
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.choice import lab_of, mac_of
from carbon_fleet.verbs.run import Run
from carbon_fleet.verbs.talk import Talk

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
) -> Report:
    """Do `work` on the Macs, show the Report on standard output and return it; `ended` hears of each Mac as it ends."""
    run = Run(verb, lab, macs, options)

    def done(mac: MacReport) -> None:
        ended(mac.mac)
        talk.done(mac)

    run.report.macs = run_fleet(lab, macs, work, parallel=parallel, done=done, timing=timing)
    return run.end(json=json)


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
