"""`apply`: makes the Macs what the lab file says, or what a plan of it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carbon_fleet.engine.bound import Binding, converge_bound
from carbon_fleet.engine.courier import Courier
from carbon_fleet.engine.fleet import Work, open_session
from carbon_fleet.engine.givens import with_given
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.work import converge
from carbon_fleet.plan.selection import Selection
from carbon_fleet.report.document import Failure, MacReport, Report
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.agree import agreed
from carbon_fleet.verbs.bound import lab_file_of, not_planned, plan_again, plan_in, planned_macs
from carbon_fleet.verbs.choice import consenting, lab_of, macs_of, selected, usage
from carbon_fleet.verbs.consent import NONE, Consents, consents, given
from carbon_fleet.verbs.fleet import PARALLEL, run_verb
from carbon_fleet.verbs.rollout import STRAIGHT, Course
from carbon_fleet.verbs.run import lock_digest
from carbon_fleet.verbs.talk import Talk


@dataclass(frozen=True)
class Allowed:
    """Which Macs may lose what (by their names), and what the run is about."""

    replace: frozenset[str]
    consents: Consents
    selection: Selection

    def rules(self, mac: str) -> Rules:
        """What the run may do on one Mac."""
        return Rules(mac in self.replace, given(self.consents, mac), selection=self.selection)


@dataclass
class Task:
    """What is to be done on which Macs: with a `binding` no more than its plan says.

    `known` are the ends of Macs with which nothing is to be done any more, `notes` go into the Report.
    """

    lab: Lab
    macs: list[Mac]
    binding: Binding | None = None
    known: list[MacReport] = field(default_factory=list)
    notes: list[Failure] = field(default_factory=list)

    def ending(self, report: Report) -> None:
        """Put into the Report what the run itself does not know."""
        report.notes += self.notes
        seen = {mac.mac: mac for mac in [*self.known, *report.macs]}
        report.macs = [seen[name] for name in self.lab.macs if name in seen]
        if self.binding is not None:
            report.options["plan"] = self.binding.plan.digest


def apply(
    file: Path,
    limit: Sequence[str],
    allow_replace: Sequence[str],
    consented: Sequence[Sequence[str]] = NONE,
    *,
    only: Sequence[str] = (),
    skip: Sequence[str] = (),
    ask: bool = False,
    course: Course = STRAIGHT,
    lock_wait: float = 0.0,
    parallel: int = PARALLEL,
    json: bool = False,
    quiet: bool = False,
    pulled: Mapping[str, Any] | None = None,
) -> Report:
    """Make the Macs what the lab file, or the plan, in `file` says; with `ask` a lab's plan is shown, and asked for.

    `allow_replace` names the Macs whose machine another may take the place of, `consented` those of each further
    consent (`verbs/consent.py`). `pulled` tells of the commit the lab came with (`verbs/pull.py`).
    """
    plan = plan_in(file)
    if plan is not None and (only or skip):
        raise usage("a plan has its own choice: `--only` and `--skip` are said to `carbon-fleet plan`")
    lab, selection = lab_of(lab_file_of(plan, file) if plan else file), selected(only, skip)
    allowed = Allowed(frozenset(consenting(lab, allow_replace)), consents(lab, *consented), selection)
    talk = Talk(quiet)
    if plan is not None:
        macs = with_given(lab, planned_macs(lab, plan, file, limit))
        binding = Binding(plan, lock_digest(lab), plan_again(plan.file, file))
        task = Task(lab, macs, binding, notes=not_planned(plan, file))
    else:
        task = Task(lab, with_given(lab, macs_of(lab, limit)))
        task = _agreed(task, allowed, parallel, talk) if ask else task
    options: dict[str, Any] = {"limit": list(limit), "only": list(selection.only), "skip": list(selection.skip)}
    options |= {"file": str(file.absolute()), "allow_replace": sorted(allowed.replace), "parallel": parallel}
    options |= {kind.replace("-", "_"): sorted(macs) for kind, macs in allowed.consents.items()}
    options |= {"lock_wait": lock_wait, **course.options, **({"pulled": dict(pulled)} if pulled else {})}
    courier = Courier(lab, task.macs, open_session, talk.say)
    report = run_verb(
        *("apply", lab, task.macs, _work(task, allowed, talk, courier), parallel, talk, json),
        ended=courier.ended,
        options=options,
        ending=task.ending,
        changes=bool(task.macs),
        course=course,
        lock_wait=lock_wait,
    )
    courier.close()
    return report


def _agreed(task: Task, allowed: Allowed, parallel: int, talk: Talk) -> Task:
    """The part of the task that a person agrees to."""
    plan, macs, known = agreed(task.lab, task.macs, allowed.rules, parallel, talk)
    again = f"carbon-fleet apply {task.lab.path}"
    return Task(task.lab, macs, Binding(plan, plan.lock, again) if plan else None, known)


def _work(task: Task, allowed: Allowed, talk: Talk, courier: Courier) -> Work:
    def work(session: Session, report: MacReport) -> None:
        rules = allowed.rules(report.mac)
        if task.binding is not None:
            converge_bound(session, report, task.binding, rules, say=talk.say, courier=courier)
        else:
            converge(session, report, rules, say=talk.say, courier=courier)

    return work
