"""`plan`: what `apply` would do, to look at first; and to keep in a file, which `apply` then runs."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from carbon_fleet import __version__
from carbon_fleet.engine.givens import with_given
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.work import look
from carbon_fleet.plan import Change
from carbon_fleet.plan.bound import BoundMac, BoundPlan, bound_mac
from carbon_fleet.plan.registry import found
from carbon_fleet.report.document import Exit, MacReport, Report
from carbon_fleet.report.kept import write_private
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.spec import Lab
from carbon_fleet.verbs.choice import lab_of, macs_of, selected, usage
from carbon_fleet.verbs.consent import NONE, consents, given
from carbon_fleet.verbs.fleet import PARALLEL, run_verb
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.talk import Talk


def plan(
    file: Path,
    limit: Sequence[str],
    consenting: Sequence[Sequence[str]] = NONE,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    output: Path | None = None,
    parallel: int = PARALLEL,
    json: bool = False,
    quiet: bool = False,
) -> Report:
    """Say what `apply` would do; one look per Mac, nothing is changed. `output` is the plan file to write.

    `consenting` are the Macs of each further consent (`verbs/consent.py`).
    """
    if output is not None and not output.absolute().parent.is_dir():
        raise usage(f"-o {output}: there is no folder `{output.parent}` to write it in")
    lab, selection = lab_of(file), selected(only, skip)
    allowed = consents(lab, *consenting)
    macs, planning = with_given(lab, macs_of(lab, limit)), Planning(lab)

    def work(session: Session, report: MacReport) -> None:
        planning.look(session, report, Rules(consents=given(allowed, report.mac), selection=selection))

    def ending(report: Report) -> None:
        report.options["plan"] = planning.plan(report, Rules(selection=selection)).digest

    options = {"limit": list(limit), "only": list(selection.only), "skip": list(selection.skip)}
    report = run_verb("plan", lab, macs, work, parallel, Talk(quiet), json, options=options, ending=ending)
    if output is not None:
        _write(output, planning.plan(report, Rules(selection=selection)), file)
    return report


class Planning:
    """Collects what each Mac's look found, for the plan that it ends in."""

    def __init__(self, lab: Lab) -> None:
        """Nothing is looked at yet."""
        self.lab, self.macs = lab, dict[str, BoundMac]()

    def look(self, session: Session, report: MacReport, rules: Rules) -> None:
        """Look at one Mac, as `engine.work.look` does, and keep what a plan has to know. Raises `Refused`."""
        look(session, report, rules, ahead=True)
        snapshot, rules = session.snapshot(), rules.over(session.mac)
        findings, _ = found(rules.world(session.mac, snapshot), rules.selection, rules.takes)
        changes = [finding for finding in findings if isinstance(finding, Change) and rules.takes(finding)]
        self.macs[report.mac] = bound_mac(session.mac, snapshot, changes, report.later, rules.consents, HIDDEN.text)

    def plan(self, report: Report, rules: Rules) -> BoundPlan:
        """The plan of all Macs that could be looked at."""
        missing = {mac.mac: mac.outcome.value for mac in report.macs if mac.mac not in self.macs}
        return BoundPlan(
            version=__version__,
            lab=self.lab.name,
            file=str(self.lab.path),
            lock=report.lock,
            only=rules.selection.only,
            skip=rules.selection.skip,
            macs=self.macs,
            missing=dict(sorted(missing.items())),
            run=report.run,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            by=report.controller,
        ).sealed()


def _write(output: Path, made: BoundPlan, file: Path) -> None:
    try:
        write_private(output, made.text())
    except OSError as error:
        print(f"the plan could not be written to `{output}`: {error.strerror}", file=sys.stderr)
        raise Stop(Exit.WE_FAILED) from None
    print(f"written: to run exactly this, `carbon-fleet apply {output}`", file=sys.stderr)
