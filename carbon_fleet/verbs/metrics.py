"""`carbon-fleet metrics LAB|RUN`: what runs found, for node_exporter's textfile collector."""

import sys
from pathlib import Path

from carbon_fleet.report.document import Exit, Report
from carbon_fleet.report.openmetrics import openmetrics
from carbon_fleet.verbs.choice import lab_of, usage
from carbon_fleet.verbs.ending import forget_reader
from carbon_fleet.verbs.finding import ended_runs, found
from carbon_fleet.verbs.writing import write_whole

TOLD = ("plan", "drift", "apply", "resume", "verify", "prove", "bench")
"""Verbs whose last run is told of, where a lab is asked for."""


def metrics(word: str, output: Path | None) -> int:
    """Print the metrics of the last run of each verb of a lab, or of one run; or write them to `output`, whole."""
    text = openmetrics(reports_of(word))
    if output is not None:
        return write_whole(output, text)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        forget_reader()
    return Exit.OK


def reports_of(word: str) -> list[Report]:
    """The Reports `word` means: a lab file's (`.yml`), the last of each verb; else the one that it names."""
    if Path(word).suffix not in (".yml", ".yaml"):
        return [found(word)]
    lab = lab_of(Path(word))
    last = {entry.verb: entry for entry in ended_runs(lab.name, TOLD)}
    if not last:
        raise usage(f"{word}: no run of lab `{lab.name}` is kept here; run `carbon-fleet drift {word}` first")
    return [found(last[verb].run) for verb in TOLD if verb in last]
