"""`drift`: what on the Macs is not as the lab file says, and why; `--fix` undoes what was changed on the Macs alone."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carbon_fleet.engine.courier import Courier
from carbon_fleet.engine.fleet import Work, open_session
from carbon_fleet.engine.givens import with_given
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import needs_consent
from carbon_fleet.engine.work import converge, look
from carbon_fleet.plan import Action, Change
from carbon_fleet.plan.cause import Cause, Causes, causes
from carbon_fleet.plan.registry import differences
from carbon_fleet.plan.selection import Selection
from carbon_fleet.report.document import MacReport, Report
from carbon_fleet.verbs.choice import lab_of, macs_of, selected
from carbon_fleet.verbs.fleet import PARALLEL, run_verb
from carbon_fleet.verbs.overdue import overdue
from carbon_fleet.verbs.talk import Talk
from carbon_fleet.verbs.waivers import waiver_notes

RELOADS = frozenset({"guest.daemon-reload", "stack.systemd"})


def drift(
    file: Path,
    limit: Sequence[str],
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    fix: bool = False,
    lock_wait: float = 0.0,
    parallel: int = PARALLEL,
    json: bool = False,
    quiet: bool = False,
    timing: bool = False,
    pulled: Mapping[str, Any] | None = None,
) -> Report:
    """Say what on the Macs is not as the lab file says, and why; one look per Mac, nothing is changed.

    With `fix` the corrective Changes are made: those of things that were applied as they are wished, and that nothing
    moved but somebody. Never a replacement. `pulled` tells of the commit the lab came with (`verbs/pull.py`).
    """
    lab, selection = lab_of(file), selected(only, skip)
    macs, talk = with_given(lab, macs_of(lab, limit)), Talk(quiet)
    courier = Courier(lab, macs, open_session, talk.say) if fix else None
    work = _fixing(selection, talk, courier) if courier else _looking(selection)

    def ending(report: Report) -> None:
        overdue(report, lab, datetime.now(UTC))
        report.notes += waiver_notes(lab, report, selection, datetime.now(UTC).date())

    options = {"limit": list(limit), "only": list(selection.only), "skip": list(selection.skip), "fix": fix}
    options |= {"pulled": dict(pulled)} if pulled else {}
    report = run_verb(
        *("drift", lab, macs, work, parallel, talk, json),
        timing=timing,
        ended=courier.ended if courier else lambda mac: None,
        options=options,
        ending=ending,
        changes=fix,
        lock_wait=lock_wait,
    )
    if courier:
        courier.close()
    return report


def _looking(selection: Selection) -> Work:
    def work(session: Session, report: MacReport) -> None:
        look(session, report, Rules(selection=selection))

    return work


def _fixing(selection: Selection, talk: Talk, courier: Courier) -> Work:
    def work(session: Session, report: MacReport) -> None:
        snapshot = session.snapshot()
        rules, why = Rules(selection=selection).over(session.mac), causes(session.mac, snapshot, session.lab_lock)
        changes = [one for one in differences(rules.world(session.mac, snapshot)) if isinstance(one, Change)]
        apart = frozenset(change.address for change in changes if not _corrective(change, why))
        rules = replace(rules, apart=apart, chosen=lambda change: _corrective(change, why))
        converge(session, report, rules, say=talk.say, courier=courier, why=why)

    return work


def _corrective(change: Change, why: Causes) -> bool:
    """Whether `--fix` makes it. systemd is told of units anew whatever it is for: what is started next needs it."""
    cause, _ = why.of(change)
    tells = change.action is Action.RUN and change.address in RELOADS and cause is not Cause.UNKNOWN
    return (cause is Cause.CORRECTIVE or tells) and not needs_consent(change)
