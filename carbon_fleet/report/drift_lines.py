"""What drift says besides the Changes: why each is there, what is waived, what was last applied, and the sum."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from carbon_fleet.report.cells import safe
from carbon_fleet.report.document import Cause, MacReport, Planned, Report
from carbon_fleet.report.pending import counted, made, pending, waived


def cause_lines(mac: MacReport, change: Planned) -> Iterator[str]:
    """Why it differs, and the waiver that has expired over it. That there is no record is said once a Mac."""
    if change.cause is not None:
        shown = f": {safe(change.evidence)}" if change.evidence and mac.applied else ""
        yield f"        cause: [bold]{change.cause.value}[/bold]{shown}"
    if change.waiver is not None and change.waiver.expired:
        who = f"{safe(change.waiver.owner)}: {safe(change.waiver.reason)}"
        yield f"        [yellow]waived until {change.waiver.expires}[/yellow], by {who}: it counts again"


def left_lines(left: Sequence[Planned], word: str) -> Iterator[str]:
    """What was seen and left: what is waived, each with its waiver, and the rest by address behind `word`."""
    for change in left:
        if change.waiver is not None and waived(change):
            names = ", ".join(attribute.name for attribute in change.attributes) or change.action
            by = f"{safe(change.waiver.owner)} until {change.waiver.expires}: {safe(change.waiver.reason)}"
            yield f"    [cyan]waived[/cyan] {safe(change.address)} ({safe(names)}), by {by}"
    rest = [change.address for change in left if not waived(change)]
    if rest:
        yield f"      [dim]{word}: {safe(', '.join(dict.fromkeys(rest)))}[/dim]"


def applied_lines(mac: MacReport) -> Iterator[str]:
    """What was last applied, by whom and when; or why that is not known."""
    last = {key: safe(str(value)) for key, value in mac.applied.items()}
    text = f"last applied {last['when']} by {last['by']}, run {last['run']}" if last else ""
    shown = text or safe(next((one.evidence for one in (*mac.changes, *mac.left) if one.evidence), ""))
    if shown:
        yield f"      [dim]{shown}[/dim]"


def with_sum(report: Report, table: RenderableType) -> Group:
    """The table, and below it the differences by cause."""
    return Group(table, Text(summary(report)))


def summary(report: Report) -> str:
    """`5 differences: 3 intended, 2 corrective; 1 waived`: what is still to be made, and what `--fix` made."""
    counts = Counter(change.cause or Cause.UNKNOWN for mac in report.macs for change in counted(report, mac))
    parts = ", ".join(f"{counts[cause]} {cause.value}" for cause in Cause if counts[cause])
    number = sum(counts.values())
    held = sum(waived(change) for mac in report.macs for change in pending(report, mac))
    fixed = sum(len(mac.changes) for mac in report.macs if made(report, mac))
    text = f"{number} difference{'' if number == 1 else 's'}{f': {parts}' if parts else ''}"
    return "; ".join([text, *([f"{held} waived"] if held else []), *([f"{fixed} fixed"] if fixed else [])])
