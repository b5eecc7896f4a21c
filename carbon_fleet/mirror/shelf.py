"""The entries of a mirror while it is built."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from carbon_fleet.mirror.depot import Depot
from carbon_fleet.mirror.manifest import Entry, Kind, LeftOut, Manifest


@dataclass
class Shelf:
    """What was had so far; `depot` holds the contents, `left_out` what there is no way to have.

    `packages` are those that a thing which is left out is made of.
    """

    depot: Depot
    entries: dict[str, Entry] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, path: str, kind: Kind, sha256: str, source: str, media: str = "application/octet-stream") -> None:
        """Answer `path` with a content of the depot."""
        size = self.depot.path(sha256).stat().st_size
        self.entries[path] = Entry(path=path, kind=kind, sha256=sha256, size=size, type=media, source=source)

    def put(self, path: str, kind: Kind, content: bytes, source: str, media: str) -> str:
        """Answer `path` with these bytes; their sha256."""
        sha256 = self.depot.put(content)
        self.add(path, kind, sha256, source, media)
        return sha256

    def manifest(self, lab: str, tags: tuple[str, ...]) -> Manifest:
        """All of it, in order."""
        entries = tuple(self.entries[path] for path in sorted(self.entries))
        left = tuple(
            LeftOut(name=name, why=why, packages=self.packages.get(name, ()))
            for name, why in sorted(self.left_out.items())
        )
        return Manifest(lab=lab, bottle_tags=tags, entries=entries, left_out=left)
