"""A Change, and the words of a Failure, as lines for a terminal (rich markup)."""

from carbon_fleet.report.cells import safe
from carbon_fleet.report.document import Failure, Planned
from carbon_fleet.report.values import attribute_lines

SIGN = {"create": "+", "update": "~", "replace": "-/+", "delete": "-", "run": ">", "move": "=>"}


def change_lines(change: Planned, *, full: bool, forced: str = "") -> list[str]:
    """The Change; its attributes only when `full`. `forced` stands behind those of a replacement."""
    sign, tail = SIGN.get(change.action, "?"), f"  [red]{forced}[/red]" if forced and change.action == "replace" else ""
    lines = [f"  {sign:>3} {safe(change.address)}  [dim]{safe(change.reason)}[/dim]{tail}"]
    for attribute in change.attributes if full else []:
        first, *more = attribute_lines(attribute)
        lines += [f"        {safe(first)}{tail}", *(f"        {safe(line)}" for line in more)]
    return [*lines, *(f"        [yellow]at stake:[/yellow] {safe(stake)}" for stake in change.at_stake)]


def words_lines(label: str, style: str, failure: Failure) -> list[str]:
    """What is wrong, why it matters, what to do."""
    first = f"  [{style}]{label}[/{style}] {safe(failure.address)} [dim]{failure.code}[/dim]"
    parts = (("", failure.what), ("why: ", failure.why), ("do: ", failure.remedy))
    return [first, *(f"        {word}{safe(text)}" for word, text in parts)]
