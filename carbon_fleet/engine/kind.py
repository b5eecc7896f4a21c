"""What kind of Mac one is: what canaries stand for each other in, and fleets are grouped by."""

from carbon_fleet.snapshot import Snapshot, Unreadable
from carbon_fleet.spec import Size
from operations.preflight import read


def kind_of(snapshot: Snapshot) -> str:
    """Chip, macOS major version and memory: `Apple M4, macOS 15, 16GiB`; empty where the probe could not tell."""
    try:
        seen = read(snapshot.section("preflight"))
    except Unreadable:
        return ""
    if not seen.macos:
        return ""
    return f"{seen.chip or 'unknown chip'}, macOS {seen.macos.partition('.')[0]}, {Size(seen.memory)}"
