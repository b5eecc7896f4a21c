"""What kind of Mac one is: what canaries stand for each other in, and fleets are grouped by."""

from carbon_fleet.snapshot import Snapshot, Unreadable
from carbon_fleet.spec import Size
from operations import nvidia
from operations.preflight import read


def kind_of(snapshot: Snapshot) -> str:
    """Chip, macOS major version and memory: `Apple M4, macOS 15, 16GiB`; empty where the probe could not tell.

    Of a Linux host its GPU, its system and its memory, rounded: the kernel keeps some for itself.
    """
    try:
        seen = read(snapshot.section("preflight"))
    except Unreadable:
        return ""
    if seen.linux is not None:
        return f"{_gpu(snapshot)}, {seen.linux.system}, {Size(round(seen.linux.memory / 2**30) * 2**30)}"
    if not seen.macos:
        return ""
    return f"{seen.chip or 'unknown chip'}, macOS {seen.macos.partition('.')[0]}, {Size(seen.memory)}"


def _gpu(snapshot: Snapshot) -> str:
    try:
        gpus = nvidia.read(snapshot.section("nvidia")).gpus
    except Unreadable:
        gpus = ()
    return gpus[0].name if gpus else "no GPU seen"
