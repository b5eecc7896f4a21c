"""A plan as a person reads it: the Macs that need the same, and what they need."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from carbon_fleet.lock.out import is_lock
from carbon_fleet.report.cells import safe
from carbon_fleet.report.change_lines import change_lines, words_lines
from carbon_fleet.report.document import MacReport, Outcome, Planned, Report
from carbon_fleet.report.drift_lines import cause_lines, left_lines
from carbon_fleet.report.pending import counted

FORCED = "# forces replacement"
ENDED = frozenset({Outcome.CONVERGED, Outcome.DRIFTED, Outcome.WAIVED})
"""How a look that saw all of a Mac ends."""
WORDS = {"create": "create", "update": "change", "replace": "replace", "delete": "remove"}


def plan_lines(report: Report) -> Iterator[str]:
    """The whole plan, as lines with rich's markup."""
    order = [mac.mac for mac in report.macs]
    for group in _groups(report.macs):
        yield f"[bold]{_titled([mac.mac for mac in group], order)}[/bold]"
        yield from _group_lines(report, group)
        yield ""
    for note in report.notes:
        yield from words_lines("note", "cyan", note)
    yield from _summary(report)


def _groups(macs: Sequence[MacReport]) -> list[list[MacReport]]:
    """The Macs that have something to say, those that say the same together, in the order of the lab."""
    groups: dict[str, list[MacReport]] = {}
    for mac in macs:
        if mac.changes or mac.failures or mac.notices or mac.later or mac.left:
            groups.setdefault(repr(_said(mac)), []).append(mac)
    return list(groups.values())


def _said(mac: MacReport) -> list[Any]:
    """All that is shown of a Mac, but its name."""
    changes = [{**asdict(change), "commands": None, "cause": None, "evidence": None} for change in mac.changes]
    left = [[change.address, change.waiver, is_lock(change.address) and change.attributes] for change in mac.left]
    return [mac.outcome, changes, left, mac.later, mac.failures, mac.notices]


def _titled(names: Sequence[str], order: Sequence[str]) -> str:
    return safe(names[0]) if len(names) == 1 else f"{len(names)} Macs: {safe(spans(names, order))}"


def spans(names: Sequence[str], order: Sequence[str]) -> str:
    """The names, three and more that follow each other in `order` as `first … last`."""
    runs: list[list[str]] = []
    places = {name: place for place, name in enumerate(order)}
    for name in names:
        if runs and places[name] == places[runs[-1][-1]] + 1:
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", ".join(f"{run[0]} … {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def _group_lines(report: Report, group: Sequence[MacReport]) -> Iterator[str]:
    mac, out = group[0], _out_of_lock(report, group[0])
    for change in mac.changes:
        yield from change_lines(change, full=True, forced=FORCED)
    for change in out:
        yield from (*change_lines(change, full=True), *cause_lines(mac, change))
    if mac.later:
        yield f"      known only after apply: {safe(', '.join(mac.later))}"
    yield from left_lines([change for change in mac.left if change not in out], "not chosen")
    for notice in mac.notices:
        yield from words_lines("note", "cyan", notice)
    for failure in mac.failures:
        yield from words_lines("refused" if mac.outcome is Outcome.REFUSED else "failed", "red", failure)
    if any(change.action == "replace" for change in mac.changes):
        names = " ".join(f"--allow-replace {safe(each.mac)}" for each in group)
        yield f"      [yellow]apply replaces only with your consent:[/yellow] {names}"
    if any(change.action == "move" for change in mac.changes):
        names = " ".join(f"--allow-move {safe(each.mac)}" for each in group)
        yield f"      [yellow]apply moves only with your consent:[/yellow] {names}"


def _out_of_lock(report: Report, mac: MacReport) -> list[Planned]:
    """What is not as the lab's lock has it, and counts: `apply` leaves it."""
    return [change for change in counted(report, mac) if is_lock(change.address)]


def _summary(report: Report) -> Iterator[str]:
    seen = [mac for mac in report.macs if mac.outcome in ENDED]
    changed = [mac for mac in seen if mac.changes]
    if changed:
        yield f"Plan: {_counted(changed)}, on {len(changed)} of {_macs(len(report.macs))}"
    elif len(seen) == len(report.macs):
        whole = not any(report.options.get(option) for option in ("limit", "only", "skip"))
        yield f"No changes. {'The lab' if whole else 'What was chosen'} is as `{safe(report.file)}` says."
    else:
        yield f"No changes on {len(seen)} of {_macs(len(report.macs))}"
    out = [mac.mac for mac in seen if _out_of_lock(report, mac)]
    if out:
        names = safe(spans(out, [mac.mac for mac in report.macs]))
        yield f"Out of the lock: {names}; apply leaves that, `carbon-fleet compat {safe(report.file)}` judges it"
    if len(seen) < len(report.macs):
        missing = [mac.mac for mac in report.macs if mac not in seen]
        yield f"Not planned: {safe(spans(missing, [mac.mac for mac in report.macs]))}"


def _counted(macs: Sequence[MacReport]) -> str:
    counts = Counter(change.action for mac in macs for change in mac.changes)
    parts = [f"{counts[action]} to {word}" for action, word in WORDS.items()]
    return ", ".join([*parts, *(f"{counts[action]} to {action}" for action in ("move", "run") if counts[action])])


def _macs(number: int) -> str:
    return f"{number} Mac" if number == 1 else f"{number} Macs"
