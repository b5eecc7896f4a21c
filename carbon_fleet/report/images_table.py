"""The tables of `images list` and `images push`."""

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from carbon_fleet.report.cells import outcome, safe
from carbon_fleet.report.document import Report
from carbon_fleet.report.values import visible

THERE = {True: "[green]there[/green]", False: "[yellow]missing[/yellow]", None: "the machine is stopped"}


def images_table(report: Report) -> Table:
    """A line per image and Mac: its tag, where it comes from, whether it is there, its size."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Mac", "image", "tag", "source", "base", "state", "MB"):
        table.add_column(name, overflow="fold", justify="right" if name == "MB" else "left")
    for mac in report.macs:
        rows = mac.measured.get("images", [])
        if not rows:
            table.add_row(safe(mac.mac), "none" if "images" in mac.measured else outcome(mac))
        for row in rows:
            size = f"{row['bytes'] / 1e6:.0f}" if row["bytes"] else ""
            tag = row["tag"].rpartition(":")[2]
            words = (safe(word) for word in (mac.mac, row["name"], tag, row["source"], row["base"] or "-"))
            table.add_row(*words, THERE[row["there"]], size)
    return table


def pushed_lines(report: Report) -> RenderableType:
    """What to write into the lab file, so that its Macs pull what was pushed."""
    pushed = {name: reference for mac in report.macs for name, reference in mac.measured.get("pushed", {}).items()}
    if not pushed:
        return Text("nothing was pushed")
    lines = [f"  {name}: {{pull: '{reference}'}}" for name, reference in sorted(pushed.items())]
    return Text(visible("\n".join(["images:", *lines])), no_wrap=True, overflow="ignore")
