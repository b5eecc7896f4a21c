"""The tables of `volume list`, `volume export` and `volume import`."""

from rich.console import RenderableType
from rich.table import Table

from carbon_fleet.report.cells import outcome, safe
from carbon_fleet.report.document import Report


def volumes_table(report: Report) -> RenderableType:
    """A line per volume."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Mac", "volume", "stack", "MiB", "used by", "runtime"):
        table.add_column(name, justify="right" if name == "MiB" else "left")
    for mac in report.macs:
        for row in mac.measured.get("volumes", []):
            size = f"{row['bytes'] / (1 << 20):.1f}"
            words = (row["volume"], row["stack"] or "-", size, row["used_by"] or "-", row.get("runtime", "podman"))
            table.add_row(safe(mac.mac), *map(safe, words))
    return table


def transfer_table(report: Report) -> RenderableType:
    """What was copied, and its sha256, which both ends computed."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Mac", "outcome", "volume", "bytes", "seconds", "sha256", "file"):
        table.add_column(name, justify="right" if name in ("bytes", "seconds") else "left", overflow="fold")
    for mac in report.macs:
        told = mac.measured.get("volume", {})
        seconds = f"{told.get('seconds', mac.seconds):.1f}"
        words = (safe(str(told.get(name, "-"))) for name in ("sha256", "file"))
        table.add_row(
            safe(mac.mac), outcome(mac), safe(told.get("volume", "-")), str(told.get("bytes", "-")), seconds, *words
        )
    return table
