"""What it took to bring images from the Mac that built them, as a person reads it."""

from collections.abc import Iterator
from typing import Any

from carbon_fleet.report.document import MacReport


def spread_lines(mac: MacReport) -> Iterator[str]:
    """A line for each image that was brought: bytes, seconds, what was there already, what building it took."""
    for entry in _entries(mac):
        took = entry["build_seconds"]
        built = f"; building it took {took:.0f} s there" if took is not None else ""
        moved = f"{_size(entry['moved_bytes'])} in {entry['seconds']:.1f} s"
        kept = f", {_size(entry['kept_bytes'])} were there" if entry["kept_bytes"] else ""
        way = f" through {entry['registry']}" if entry.get("registry") else ""
        yield f"brought {entry['image']} from {entry['builder']}{way}: {moved}{kept}{built}"


def brought_cell(mac: MacReport) -> str:
    """What came to this Mac, all images together; nothing where nothing did."""
    return _size(sum(entry["moved_bytes"] for entry in _entries(mac))) if _entries(mac) else ""


def _entries(mac: MacReport) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = mac.measured.get("spread", [])
    return entries


def _size(number: int) -> str:
    return f"{number / 1e6:.1f} MB"
