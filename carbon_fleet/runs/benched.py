"""What the last `bench` that is kept here measured of a Mac."""

from contextlib import suppress
from typing import Any

from carbon_fleet.report.reading import NotAReport
from carbon_fleet.runs.index import entries
from carbon_fleet.runs.keep import kept


def last_bench(lab: str, mac: str) -> tuple[str, dict[str, Any]] | None:
    """The run's name and what `bench` put into its Report; None where no run has figures of this Mac."""
    for entry in reversed(entries()):
        if entry.verb == "bench" and entry.lab == lab and mac in entry.macs:
            with suppress(OSError, NotAReport):
                parts = (part for part in kept(entry.run).macs if part.mac == mac)
                for part in parts:
                    if part.measured.get("bench", {}).get("paths"):
                        return entry.run, part.measured["bench"]
    return None
