"""What `doctor` found on a Mac, as lines and as a table: a sign and a word, so that no colour has to be seen."""

from rich.table import Table

from carbon_fleet.report.cells import outcome, safe
from carbon_fleet.report.document import Diagnosis, MacReport, Outcome, Report

LEFT = ("Mac", "outcome")
COLUMNS = ("Mac", "outcome", "wrong", "notes", "healed", "looks", "seconds")
LOOKED = (Outcome.HEALTHY, Outcome.AILING, Outcome.CHANGED)


def doctor_lines(mac: MacReport) -> list[str]:
    """One Mac: the session it was looked at from, what is wrong, what is worth knowing, what was healed."""
    lines = [line for each in mac.diagnoses for line in _diagnosis(each)]
    lines += [f"  [green]✔ healed[/green] {safe(code)}" for code in mac.healed]
    if mac.outcome in LOOKED and not any(not each.note for each in mac.diagnoses):
        lines.append("  [green]✔ well[/green]  nothing is wrong")
    if mac.context:
        lines.append(f"  [dim]session: {safe(', '.join(f'{key} {value}' for key, value in mac.context.items()))}[/dim]")
    return lines


def _diagnosis(each: Diagnosis) -> list[str]:
    sign = "[yellow]! note[/yellow] " if each.note else "[red]✘ wrong[/red]"
    lines = [f"  {sign} [bold]{safe(each.code)}[/bold]  {safe(each.evidence)}"]
    lines += [f"          why: {safe(each.cause)}", f"          do: {safe(each.remedy)}"]
    lines += ["          --fix may mend it"] if each.fix else []
    return [*lines, *([f"          see: {safe(each.link)}"] if each.link else [])]


def doctor_table(report: Report) -> Table:
    """A line per Mac: how many things are wrong, how many are worth knowing, how many were healed."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in LEFT else "right")
    for mac in report.macs:
        notes = sum(each.note for each in mac.diagnoses)
        counts = (len(mac.diagnoses) - notes, notes, len(mac.healed), mac.probes)
        table.add_row(safe(mac.mac), outcome(mac), *map(str, counts), f"{mac.seconds:.1f}")
    return table
