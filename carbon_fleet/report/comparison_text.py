"""A Comparison as a person reads it."""

from collections.abc import Iterator

from rich.console import Console

from carbon_fleet.plan import Attribute
from carbon_fleet.report.cells import safe
from carbon_fleet.report.comparison import Comparison, MacDifference
from carbon_fleet.report.document import Planned
from carbon_fleet.report.values import attribute_lines

DIGEST = 12
_DIGESTS = frozenset({"lab file", "lock", "wish"})


def print_comparison(comparison: Comparison, console: Console) -> None:
    """The two runs, what moved for the whole lab, each Mac that differs, and how many do."""
    for line in _lines(comparison):
        console.print(line, soft_wrap=True)


def _lines(comparison: Comparison) -> Iterator[str]:
    yield f"[bold]{safe(comparison.before)} → {safe(comparison.after)}[/bold]"
    for fact in comparison.facts:
        yield from _fact(fact, "  ")
    for mac in comparison.macs:
        yield from _mac(mac)
    count = len(comparison.macs)
    every = comparison.same + count
    yield f"{count} of {every} Macs differ" if comparison else f"no difference: {every} Macs are as they were"


def _mac(mac: MacDifference) -> Iterator[str]:
    ends = [mac.before or "not in that run", mac.after or "not in this run"]
    yield f"[bold]{safe(mac.mac)}[/bold]  " + (" → ".join(ends) if ends[0] != ends[1] else ends[0])
    for sign, changes in (("+", mac.appeared), ("~", mac.moved)):
        for change in changes:
            yield from _change(sign, change)
    for change in mac.gone:
        yield f"    - {safe(change.address)}  [dim]no longer differs[/dim]"
    for failure in mac.troubles:
        yield f"    [red]now[/red] {safe(failure.address)} [dim]{safe(failure.code)}[/dim]: {safe(failure.what)}"
    for failure in mac.ended:
        yield f"    no longer {safe(failure.address)} [dim]{safe(failure.code)}[/dim]: {safe(failure.what)}"
    for fact in mac.facts:
        yield from _fact(fact, "    ")
    if mac.sections:
        yield f"    moved: {safe(', '.join(mac.sections))}"


def _change(sign: str, change: Planned) -> Iterator[str]:
    cause = f" [dim]({change.cause})[/dim]" if change.cause else ""
    yield f"    {sign} {safe(change.address)}  [dim]{safe(change.reason)}[/dim]{cause}"
    for attribute in change.attributes:
        for line in attribute_lines(attribute):
            yield f"        {safe(line)}"


def _fact(fact: Attribute, indent: str) -> Iterator[str]:
    if fact.name in _DIGESTS:
        before, after = (str(value)[:DIGEST] if value else None for value in (fact.before, fact.after))
        fact = Attribute(fact.name, before, after)
    for line in attribute_lines(fact):
        yield f"{indent}{safe(line)}"
