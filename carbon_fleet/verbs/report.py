"""`carbon-fleet report FILE|DIR|RUN`: a Report that was made before, written again, in any format."""

import sys
from dataclasses import replace
from pathlib import Path

from carbon_fleet.report.document import Exit, Report
from carbon_fleet.report.formats import FORMATS
from carbon_fleet.report.text import print_report, terminal
from carbon_fleet.verbs.choice import usage
from carbon_fleet.verbs.ending import forget_reader
from carbon_fleet.verbs.finding import found
from carbon_fleet.verbs.paging import with_past
from carbon_fleet.verbs.writing import write_whole


def report(word: str, form: str, mac: str | None, output: Path | None) -> int:
    """Print the Report `word` names, or write it to `output`; of one Mac alone when `mac` is given. Returns 0 or 1."""
    if form not in FORMATS:
        raise usage(f"--format {form}: write one of {', '.join(FORMATS)}")
    one = found(word)
    if mac is not None:
        one = _of(one, mac)
    if output is not None:
        return write_whole(output, _written(form, one))
    try:
        if form == "text":
            print_report(one, terminal())
        else:
            sys.stdout.write(_written(form, one))
        sys.stdout.flush()
    except BrokenPipeError:
        forget_reader()
    return Exit.OK


def _written(form: str, one: Report) -> str:
    return with_past(one) if form == "html" else FORMATS[form](one)


def _of(whole: Report, name: str) -> Report:
    macs = [mac for mac in whole.macs if mac.mac == name]
    if not macs:
        some = ", ".join(mac.mac for mac in whole.macs[:5])
        raise usage(f"--mac {name}: the report has no such Mac; it has {some or 'none'}")
    return replace(whole, macs=macs)
