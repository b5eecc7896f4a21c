"""The folder a mirror lies in: contents by their sha256, and what is still on its way apart from them.

A content is moved to its place once it is whole and right; the manifest is written last. So whoever serves the folder
sees the last whole mirror, however a build ends.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from carbon_fleet.mirror.manifest import NAME, Manifest
from carbon_fleet.mirror.trouble import MirrorTrouble

SEEN = "seen.json"
"""What servers said of contents that have no known sha256."""


class Another(MirrorTrouble):
    """A content that has another sha256 than it should."""


class Depot:
    """The contents of a mirror in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()  # git is told to work in folders below it
        self.blobs, self.partial, self.git = (self.folder / name for name in ("blobs/sha256", "partial", "git"))

    @contextmanager
    def building(self) -> Iterator[None]:
        """While one builds; another is refused. Raises `MirrorTrouble`, also where the folder is something else's."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if any(self.folder.iterdir()) and not (self.blobs.is_dir() or (self.folder / NAME).exists()):
                what = f"{self.folder} holds other things than a mirror"
                raise MirrorTrouble(f"{what}: name a folder that is empty or not there yet")
            for folder in (self.blobs, self.partial, self.git):
                folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / ".lock").acquire(timeout=0):
                yield
        except Timeout:
            what = f"another `mirror build` is at work in {self.folder}"
            raise MirrorTrouble(f"{what}: wait for its end, and run this again") from None
        except OSError as error:
            raise MirrorTrouble(f"{error.filename or self.folder}: {error.strerror}") from error

    def path(self, sha256: str) -> Path:
        """Where a content lies."""
        return self.blobs / sha256[:2] / sha256

    def has(self, sha256: str) -> bool:
        """Whether a content is there. It was checked when it came; `mirror check` reads it again."""
        return self.path(sha256).is_file()

    def put(self, content: bytes) -> str:
        """Keep these bytes; their sha256."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not self.has(sha256):
            part = self.partial / f"{sha256}.{os.getpid()}"
            part.write_bytes(content)
            self._keep(part, sha256)
        return sha256

    def take(self, part: Path, sha256: str | None = None) -> str:
        """Move a file that is whole to its place; its sha256. `Another` where it is another than `sha256`."""
        found = digest(part)
        if sha256 is not None and found != sha256:
            part.unlink()
            raise Another(f"its sha256 is {found} instead of {sha256}: it is another file, and was not kept")
        self._keep(part, found)
        return found

    def _keep(self, part: Path, sha256: str) -> None:
        part.chmod(0o444)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        target = self.path(sha256)
        target.parent.mkdir(exist_ok=True)
        part.replace(target)

    def marks(self) -> dict[str, tuple[str, str]]:
        """Address → how its server marked its content, and that content's sha256. What cannot be read is empty."""
        try:
            found = json.loads((self.folder / SEEN).read_text())
            return {url: (str(mark), str(sha256)) for url, (mark, sha256) in found.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            return {}

    def mark(self, marks: Mapping[str, tuple[str, str]]) -> None:
        """Note them."""
        part = self.partial / SEEN
        part.write_text(json.dumps(marks, indent=1, sort_keys=True))
        part.replace(self.folder / SEEN)

    def write(self, manifest: Manifest) -> bool:
        """Put the manifest in force; whether it is another than before."""
        target, text = self.folder / NAME, manifest.text()
        if target.exists() and target.read_text() == text:
            return False
        part = self.partial / NAME
        part.write_text(text)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
        return True

    def prune(self, manifest: Manifest) -> int:
        """Remove what the manifest does not name; how many bytes that were."""
        named, freed = {entry.sha256 for entry in manifest.entries}, 0
        for path in (*self.blobs.glob("*/*"), *self.partial.iterdir()):
            if path.name not in named:
                freed += path.stat().st_size
                path.unlink()
        return freed


def digest(path: Path) -> str:
    """The sha256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
