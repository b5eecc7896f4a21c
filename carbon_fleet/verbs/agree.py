"""Shows a person what would be done, and asks; what they agree to is bound like a plan file."""

import sys
from collections.abc import Callable, Sequence

from carbon_fleet.engine.fleet import run_fleet
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.plan.bound import BoundPlan
from carbon_fleet.report.document import Exit, MacReport
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.report.text import print_report, talking
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.choice import usage
from carbon_fleet.verbs.plan import Planning
from carbon_fleet.verbs.run import Run
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.talk import Talk


def agreed(
    lab: Lab, macs: Sequence[Mac], rules: Callable[[str], Rules], parallel: int, talk: Talk
) -> tuple[BoundPlan | None, list[Mac], list[MacReport]]:
    """The plan a person agreed to, the Macs it is for, and how the others ended, which could not be looked at.

    Where nothing is to be changed nobody is asked: there is no plan, and no Mac to look at again. Whoever says no ends
    the verb with 3, and with 64 who cannot be asked.
    """
    if not sys.stdin.isatty():
        raise usage(
            "nobody can be asked here: add `--yes`, or look first (`carbon-fleet plan "
            f"{lab.path} -o FILE`) and run what you saw (`carbon-fleet apply FILE`)"
        )
    planning, run = Planning(lab), Run("plan", lab, macs)

    def work(session: Session, report: MacReport) -> None:
        planning.look(session, report, rules(report.mac))

    with talk.over(macs):
        run.report.macs = run_fleet(lab, macs, work, parallel=parallel, done=_nobody, witness=talk)
    if not any(mac.changes for mac in run.report.macs if mac.mac in planning.macs):
        return None, [], run.report.macs
    print_report(HIDDEN.of(run.report), talking())
    ask("Apply these changes?")
    plan = planning.plan(run.report, rules(macs[0].name))
    known = [mac for mac in run.report.macs if mac.mac not in planning.macs]
    return plan, [mac for mac in macs if mac.name in planning.macs], known


def _nobody(report: MacReport) -> None:
    pass


def ask(question: str) -> None:
    """Ask a person; whoever does not say yes ends the verb with 3."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        print("nothing was changed", file=sys.stderr)
        raise Stop(Exit.REFUSED)
