"""`carbon-fleet history [MAC]`: which runs there were, and forgetting old ones."""

import json as jsonlib
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from rich.table import Table

from carbon_fleet.report.cells import safe
from carbon_fleet.report.document import Exit
from carbon_fleet.report.text import terminal
from carbon_fleet.runs.index import Entry, entries
from carbon_fleet.runs.prune import Bounds, beyond, forget
from carbon_fleet.runs.which import began
from carbon_fleet.verbs.ending import forget_reader

FORMAT_VERSION = 1
KEEP = Bounds(runs=1000, days=90)
"""What --prune keeps where nobody says otherwise."""


def history(mac: str | None, *, lab: str | None, verb: str | None, count: int, json: bool) -> int:
    """Print the last `count` runs that meet all that is asked for, the newest first. Returns 0."""
    runs = [one for one in entries() if lab in (None, one.lab) and verb in (None, one.verb)]
    chosen = [one for one in runs if mac is None or mac in one.macs][-count:][::-1]
    try:
        if json:
            print(_json(chosen, mac))
        elif chosen:
            terminal().print(_of_one(chosen, mac) if mac is not None else _of_all(chosen))
        else:
            print("no run of this kind is kept here", file=sys.stderr)
        sys.stdout.flush()
    except BrokenPipeError:
        forget_reader()
    return Exit.OK


def prune(runs: int | None, days: int | None) -> int:
    """Forget what the options, else the variables, else `KEEP` do not keep, and say how many. Returns 0."""
    asked, variables = Bounds(runs, days), Bounds.of_environment()
    bounds = next(one for one in (asked, variables, KEEP) if one != Bounds())
    before = entries()
    forget(beyond(before, bounds, datetime.now(UTC)))
    left = len(entries())
    words = [f"{bounds.runs} runs" if bounds.runs is not None else "", f"{bounds.days} days" if bounds.days else ""]
    print(f"{len(before) - left} runs forgotten, {left} kept (bounds: {', '.join(filter(None, words))})")
    return Exit.OK


def _json(chosen: Sequence[Entry], mac: str | None) -> str:
    runs = [asdict(one) for one in chosen]
    for run in runs:
        run["macs"] = {name: told for name, told in run["macs"].items() if mac in (None, name)}
    return jsonlib.dumps({"format_version": FORMAT_VERSION, "runs": runs}, indent=2)


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, justify="right" if name in ("pending", "exit", "seconds") else "left")
    return table


def _of_all(chosen: Sequence[Entry]) -> Table:
    table = _table("run", "when", "verb", "lab", "Macs", "pending", "exit", "seconds")
    for one in chosen:
        counts = Counter(mac.outcome for mac in one.macs.values())
        macs = ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) if one.ended else "did not end"
        pending = str(sum(mac.pending for mac in one.macs.values()))
        words = (safe(word) for word in (one.run, _when(one), one.verb, one.lab, macs))
        table.add_row(*words, pending, _exit(one), f"{one.seconds:.1f}")
    return table


def _of_one(chosen: Sequence[Entry], name: str) -> Table:
    table = _table("run", "when", "verb", "outcome", "pending", "exit", "seconds")
    for one in chosen:
        mac = one.macs[name]
        words = (safe(word) for word in (one.run, _when(one), one.verb, mac.outcome))
        table.add_row(*words, str(mac.pending), _exit(one), f"{mac.seconds:.1f}")
    return table


def _when(entry: Entry) -> str:
    return f"{began(entry).astimezone():%Y-%m-%d %H:%M:%S}"


def _exit(entry: Entry) -> str:
    return str(entry.exit_code) if entry.ended else "-"
