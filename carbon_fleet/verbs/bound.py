"""A plan file given to `apply`: read, and held against the lab it was made of."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from carbon_fleet import __version__
from carbon_fleet.plan.bound import BoundPlan, NotAPlan, is_plan, read_plan
from carbon_fleet.report.document import Exit, Failure
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.choice import macs_of, usage
from carbon_fleet.verbs.stop import Stop

LARGEST = 256 * 2**20
"""Bytes; the plan of 10,000 Macs is a tenth of it."""


def plan_in(file: Path) -> BoundPlan | None:
    """The plan in `file`; None where it is none, so that it is read as a lab file. What cannot be run ends the verb."""
    try:
        with file.open("rb") as opened:
            text = opened.read(LARGEST).decode()
    except (OSError, ValueError):  # whoever reads lab files says it
        return None
    if not is_plan(text):
        _foreign(text, file)
        return None
    try:
        plan = read_plan(text)
    except NotAPlan as why:
        print(f"the plan `{file}` cannot be run: {why}; plan again: `{plan_again('LAB', file)}`", file=sys.stderr)
        raise Stop(Exit.REFUSED if why.changed else Exit.USAGE) from None
    if plan.version != __version__:
        what = f"the plan `{file}` was made by carbon-fleet {plan.version}, and this is {__version__}, which may plan"
        print(f"{what} otherwise; plan again: `{plan_again(plan.file, file)}`", file=sys.stderr)
        raise Stop(Exit.REFUSED)
    return plan


def plan_again(lab: str | Path, file: Path) -> str:
    """The command that makes a plan file anew."""
    return f"carbon-fleet plan {lab} -o {file}"


def _foreign(text: str, file: Path) -> None:
    """Other JSON documents with a version, such as a Report, are no lab files either: say it in their words."""
    if not text.lstrip().startswith("{"):
        return
    try:
        plain = json.loads(text)
    except (ValueError, RecursionError):
        return
    if "format_version" in plain:
        kind = f"the Report of `{plain['verb']}`" if isinstance(plain.get("verb"), str) else "something else"
        raise usage(f"`{file}` is no plan, but {kind}; a plan is made by `{plan_again('LAB', Path('FILE'))}`")


def lab_file_of(plan: BoundPlan, file: Path) -> Path:
    """The lab file a plan was made of; it is looked for where it was then."""
    if not Path(plan.file).is_file():
        what = f"the plan `{file}` is for the lab file `{plan.file}`, which is not here"
        raise usage(f"{what}: run this in the folder where `plan` was run")
    return Path(plan.file)


def planned_macs(lab: Lab, plan: BoundPlan, file: Path, limit: Sequence[str]) -> list[Mac]:
    """The lab's Macs that the plan is for, less what `--limit` leaves out."""
    gone = [name for name in plan.macs if name not in lab.macs]
    if gone:
        what = f"the lab file `{plan.file}` has no Mac {', '.join(gone)} any more, which the plan `{file}` is for"
        print(f"{what}; plan again: `{plan_again(plan.file, file)}`", file=sys.stderr)
        raise Stop(Exit.REFUSED)
    macs = [mac for mac in macs_of(lab, limit) if mac.name in plan.macs]
    if not macs:
        raise usage(f"the plan `{file}` is for none of these Macs; it is for {', '.join(plan.macs) or 'none at all'}")
    return macs


def not_planned(plan: BoundPlan, file: Path) -> list[Failure]:
    """A note for each Mac that could not be planned then: nothing is done on it now."""
    return [
        Failure(
            "plan",
            "NOT_PLANNED",
            f"{mac} is not in the plan: it was {outcome} when the plan was made",
            "only what was planned, and looked at, is run",
            f"mend that and plan again: {plan_again(plan.file, file)}",
        )
        for mac, outcome in plan.missing.items()
    ]
