"""`carbon-fleet diff RUN1 [RUN2]`: what changed between two runs."""

import json as jsonlib
import sys
from dataclasses import asdict

from carbon_fleet.report.comparison import JUDGE, compare
from carbon_fleet.report.comparison_text import print_comparison
from carbon_fleet.report.document import Exit, Report
from carbon_fleet.report.text import terminal
from carbon_fleet.runs.index import Entry
from carbon_fleet.verbs.ending import forget_reader
from carbon_fleet.verbs.finding import ended_runs, found


def diff(first: str, second: str, *, lab: str | None = None, json: bool = False) -> int:
    """Print what `second` says that `first` does not, and the other way round. Returns 0 (nothing) or 2."""
    after = found(second, ended_runs(lab))
    before = found(first, _comparable(after, first))
    comparison = compare(before, after)
    try:
        if json:
            print(jsonlib.dumps(asdict(comparison), indent=2))
        else:
            print_comparison(comparison, terminal())
        sys.stdout.flush()
    except BrokenPipeError:
        forget_reader()
    return Exit.PENDING if comparison else Exit.OK


def _comparable(after: Report, word: str) -> list[Entry]:
    """Those `word` names, else the runs of the same lab that looked at the same things."""
    named = [entry for entry in ended_runs() if entry.run.startswith(word)]
    return named or ended_runs(after.lab, sorted(JUDGE) if after.verb in JUDGE else [after.verb])
