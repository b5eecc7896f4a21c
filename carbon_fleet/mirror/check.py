"""`mirror check`: whether each content of a mirror is what its manifest says."""

from collections.abc import Iterator
from pathlib import Path

from carbon_fleet.mirror.depot import Depot, digest
from carbon_fleet.mirror.manifest import Entry, Manifest


def wrong(folder: Path, manifest: Manifest) -> Iterator[tuple[Entry, str]]:
    """Each content that is missing, of another size, or another: its first path, and what is the matter with it."""
    depot, done = Depot(folder), set[str]()
    for entry in manifest.entries:
        if entry.sha256 not in done:
            done.add(entry.sha256)
            if what := _wrong(depot.path(entry.sha256), entry):
                yield entry, what


def _wrong(path: Path, entry: Entry) -> str:
    try:
        size = path.stat().st_size
        if size != entry.size:
            return f"it has {size} bytes instead of {entry.size}"
        found = digest(path)
    except FileNotFoundError:
        return "it is not there"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    return "" if found == entry.sha256 else f"its sha256 is {found}"
