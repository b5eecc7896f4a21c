"""`resume`: takes up again, of a run that changed Macs, those that did not come to a good end."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carbon_fleet.report.document import Exit
from carbon_fleet.report.reading import NotAReport
from carbon_fleet.runs.index import Entry, entries
from carbon_fleet.runs.journal import goes_on, read_journal
from carbon_fleet.runs.keep import kept
from carbon_fleet.runs.places import JOURNAL, run_directory
from carbon_fleet.runs.replay import Replayed, Told, replay
from carbon_fleet.runs.which import NoSuchRun, which
from carbon_fleet.verbs.apply import apply
from carbon_fleet.verbs.choice import usage
from carbon_fleet.verbs.consent import KINDS
from carbon_fleet.verbs.drift import drift
from carbon_fleet.verbs.rollout import course_of
from carbon_fleet.verbs.stop import Stop

VERBS = ("apply", "drift")
"""Whose runs can be taken up where they kept a journal (`drift --fix`); the others are simply run again."""
COURSE = ("serial", "canary", "max_failures", "timeout")


def resume(word: str | None, *, yes: bool, json: bool, quiet: bool) -> int:
    """Take up the run that `word` means, without one the last of its kind; the exit code."""
    run = _read(_meant(word))
    left = run.left
    if not left:
        print(f"nothing to resume: all {len(run.macs)} Macs of {run.run} came to a good end", file=sys.stderr)
        return Exit.OK
    file = Path(str(run.options.get("file", run.file)))
    if not file.exists():
        raise _refused(f"{file} is gone: {run.run} was made by it, and without it nobody knows what was wished")
    print(f"resume {run.run}: {_named(left)} of its {len(run.macs)} Macs", file=sys.stderr)
    return _again(run, file, left, yes=yes, json=json, quiet=quiet)


def _again(run: Replayed, file: Path, left: Sequence[str], *, yes: bool, json: bool, quiet: bool) -> int:
    asked: Mapping[str, Any] = run.options
    if run.verb == "drift":
        choice = {word: asked.get(word, ()) for word in ("only", "skip")}
        return drift(file, left, **choice, fix=True, json=json, quiet=quiet).exit_code
    course = course_of(**{name: asked[name] for name in COURSE if name in asked})
    report = apply(
        file,
        left,
        [name for name in asked.get("allow_replace", ()) if name in left],
        [[name for name in asked.get(kind.replace("-", "_"), ()) if name in left] for kind in KINDS],
        only=asked.get("only", ()),
        skip=asked.get("skip", ()),
        ask=not yes,
        course=course,
        lock_wait=asked.get("lock_wait", 0.0),
        parallel=asked.get("parallel", 60),
        json=json,
        quiet=quiet,
    )
    return report.exit_code


def _meant(word: str | None) -> Entry:
    everything = entries()
    try:
        chosen = which(word or "latest", [entry for entry in everything if word or _changed(entry)], _now())
    except NoSuchRun as error:
        words = str(error) if word else "no run that changed Macs is kept here: `carbon-fleet apply LAB` is one"
        raise usage(words) from None
    if not _changed(chosen):
        raise usage(f"{chosen.run} was a `{chosen.verb}`: it is not resumed but run again")
    return chosen


def _changed(entry: Entry) -> bool:
    """Whether it is a run that changes Macs: such a one keeps a journal."""
    return entry.verb == "apply" or (entry.verb in VERBS and (run_directory(entry.run) / JOURNAL).exists())


def _read(entry: Entry) -> Replayed:
    """The run by its journal; by its Report where that has none."""
    place = run_directory(entry.run) / JOURNAL
    try:
        if goes_on(place):
            raise _refused(f"{entry.run} still goes on: wait for its end, or end it with Ctrl-C where it runs")
        return replay(read_journal(place))
    except (OSError, ValueError) as error:
        return _reported(entry, error)


def _reported(entry: Entry, trouble: Exception) -> Replayed:
    try:
        report = kept(entry.run)
    except (OSError, NotAReport):
        raise _refused(
            f"{entry.run} cannot be read ({trouble}): run `carbon-fleet apply LAB` again, it goes on"
        ) from None
    macs = {mac.mac: Told(mac.outcome) for mac in report.macs}
    return Replayed(report.run, report.verb, report.lab, report.file, report.options, macs, ended=True)


def _refused(text: str) -> Stop:
    print(text, file=sys.stderr)
    return Stop(Exit.REFUSED)


def _named(macs: Sequence[str]) -> str:
    return ", ".join([*macs[:5], *([f"and {len(macs) - 5} more"] if len(macs) > 5 else [])])


def _now() -> datetime:
    return datetime.now(UTC).astimezone()
