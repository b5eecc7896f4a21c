"""A Report as a person reads it in a terminal."""

import sys
from collections.abc import Callable

from rich.console import Console, RenderableType
from rich.table import Table

from carbon_fleet.report.bench_table import bench_table
from carbon_fleet.report.cells import outcome, safe
from carbon_fleet.report.change_lines import change_lines, words_lines
from carbon_fleet.report.compat_table import compat_table
from carbon_fleet.report.doctor_lines import doctor_lines, doctor_table
from carbon_fleet.report.document import MacReport, Outcome, Report
from carbon_fleet.report.drift_lines import applied_lines, cause_lines, left_lines, with_sum
from carbon_fleet.report.images_table import images_table, pushed_lines
from carbon_fleet.report.matrix_table import matrix_table
from carbon_fleet.report.pending import counted
from carbon_fleet.report.plan_lines import plan_lines
from carbon_fleet.report.prove_table import prove_table
from carbon_fleet.report.secret_table import secret_table
from carbon_fleet.report.spread_lines import brought_cell, spread_lines
from carbon_fleet.report.volume_table import transfer_table, volumes_table

LABEL = {Outcome.REFUSED: "refused", Outcome.DRIFTED: "drift", Outcome.OVERDUE: "overdue"}
"""What a failure of a Mac that ended so is called."""
WIDE = 160


class _Terminal(Console):
    def on_broken_pipe(self) -> None:
        """Let the caller decide: rich itself would end the program with 1."""
        raise BrokenPipeError


def terminal() -> Console:
    """Standard output as it is: a terminal of its own width, or a pipe, where tables may be `WIDE`."""
    return _Terminal(width=None if sys.stdout.isatty() else WIDE, emoji=False, highlight=False)


def talking() -> Console:
    """Standard error, for a Report that is shown before somebody is asked."""
    return _Terminal(stderr=True, width=None if sys.stderr.isatty() else WIDE, emoji=False, highlight=False)


def print_report(report: Report, console: Console) -> None:
    """Each Mac that has something to say, then a table with a line per Mac; a plan by equal sets of changes."""
    if report.verb == "plan":
        for line in plan_lines(report):
            _line(console, line)
        return
    for mac in report.macs:
        _print_mac(report, mac, console)
        if report.verb == "doctor":
            _print_diagnoses(mac, console)
    for note in report.notes:
        for line in words_lines("note", "cyan", note):
            _line(console, line)
    table = TABLES.get(report.verb, _table)(report)
    console.print(with_sum(report, table) if report.verb == "drift" else table)


def _print_mac(report: Report, mac: MacReport, console: Console) -> None:
    if not (mac.changes or mac.left or mac.failures or mac.notices or "spread" in mac.measured):
        return
    drift = report.verb == "drift"
    lines = [f"[bold]{safe(mac.mac)}[/bold]"]
    judged = counted(report, mac) if drift else []
    for change in [*mac.changes, *(one for one in judged if one not in mac.changes)]:
        lines += [*change_lines(change, full=report.verb != "apply"), *(cause_lines(mac, change) if drift else ())]
    lines += [f"        {safe(line)}" for line in spread_lines(mac)]
    lines += left_lines([one for one in mac.left if one not in judged], "left as it is")
    lines += applied_lines(mac) if drift and (mac.changes or mac.left) else ()
    for notice in mac.notices:
        lines += words_lines("note", "cyan", notice)
    label = "known bad" if "compat" in mac.measured else LABEL.get(mac.outcome, "failed")
    for failure in mac.failures:
        lines += words_lines(label, "red", failure)
    for line in [*lines, ""]:
        _line(console, line)


def _print_diagnoses(mac: MacReport, console: Console) -> None:
    for line in [f"[bold]{safe(mac.mac)}[/bold]", *doctor_lines(mac), ""]:
        _line(console, line)


def _line(console: Console, text: str) -> None:
    # Not wrapped by us: what is to be written or run is copied from here in one piece.
    console.print(text, soft_wrap=True)


def _table(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    brought = any("spread" in mac.measured for mac in report.macs)
    for name in ("Mac", "outcome", "changes", "commands", "looks", "seconds", *(["brought"] if brought else [])):
        table.add_column(name, justify="left" if name in ("Mac", "outcome") else "right")
    for mac in report.macs:
        figures = (str(len(mac.changes)), str(len(mac.results)), str(mac.probes), f"{mac.seconds:.1f}")
        table.add_row(safe(mac.mac), outcome(mac), *figures, *([brought_cell(mac)] if brought else []))
    return table


def _verify_table(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Mac", "outcome", "passed", "failed", "skipped", "unknown", "seconds", "GPU"):
        table.add_column(name, justify="left" if name in ("Mac", "outcome", "GPU") else "right")
    for mac in report.macs:
        counts = (str(mac.tests.get(word, 0)) for word in ("passed", "failed", "skipped", "unknown"))
        table.add_row(safe(mac.mac), outcome(mac), *counts, f"{mac.seconds:.1f}", safe(mac.gpu or "-"))
    return table


TABLES: dict[str, Callable[[Report], RenderableType]] = {
    "verify": _verify_table,
    "prove": prove_table,
    "bench": bench_table,
    "compat": compat_table,
    "matrix": matrix_table,
    "doctor": doctor_table,
    "volume list": volumes_table,
    "volume export": transfer_table,
    "volume import": transfer_table,
    "secret list": secret_table,
    "images list": images_table,
    "images push": pushed_lines,
}
"""What stands below the Macs' own words, by verb; the others get a line per Mac."""
