"""`drift`: what on the Macs is not as the lab file says."""

from collections.abc import Sequence
from pathlib import Path

from carbon_fleet.engine.givens import with_given
from carbon_fleet.engine.work import look
from carbon_fleet.report.document import Report
from carbon_fleet.verbs.choice import lab_of, macs_of
from carbon_fleet.verbs.fleet import PARALLEL, run_verb
from carbon_fleet.verbs.talk import Talk


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
