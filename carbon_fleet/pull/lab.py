"""The lab a Mac fetched: what is in force stays until something signed and newer takes its place.

In its folder: what its `Source` keeps; `trees/NAME`, the files of one fetched lab, made whole and then named; `lab`, a
link to that tree, moved by one rename.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from carbon_fleet.pull.bundles import Bundles
from carbon_fleet.pull.commits import Commits
from carbon_fleet.pull.source import Signed, Source
from carbon_fleet.spec.pulled import Pulled


@dataclass(frozen=True)
class Candidate:
    """What was fetched and may be taken, and where its files lie."""

    signed: Signed
    tree: Path


class PulledLab:
    """What is kept of one source in `folder`. Only one process at a time may use it."""

    def __init__(self, folder: Path, wanted: Pulled) -> None:
        """Raises `NotTaken`, `OSError`."""
        self.folder, self._wanted = folder, wanted
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.source: Source = Bundles(folder) if wanted.bundle else Commits(folder)

    @property
    def in_force(self) -> str | None:
        """The name of what was taken last; None: nothing was."""
        return self.source.in_force

    @property
    def lab(self) -> Path:
        """Where the files lie that are in force."""
        return self.folder / "lab"

    def fetch(self, signers: Path) -> Candidate:
        """Fetch, check who signed, and lay the files out beside those in force. Raises `NotTaken`, `OSError`."""
        signed = self.source.fetch(self._wanted, signers)
        return Candidate(signed, self._tree(signed))

    def take(self, candidate: Candidate) -> None:
        """Put it in force. Cut off in between, the next run ends it. Raises `NotTaken`, `OSError`."""
        self.source.accept(candidate.signed)
        beside = self.folder / "lab.new"
        beside.unlink(missing_ok=True)
        beside.symlink_to(Path("trees", candidate.signed.name))
        beside.replace(self.lab)
        self._forget({candidate.signed.name})

    def _tree(self, signed: Signed) -> Path:
        tree = self.folder / "trees" / signed.name
        if tree.exists():
            return tree
        making = tree.with_name("making")
        self._forget({self.in_force or "", self.lab.readlink().name if self.lab.is_symlink() else ""})
        making.mkdir(parents=True, mode=0o700)
        self.source.write(signed, making)
        return making.replace(tree)

    def _forget(self, but: set[str]) -> None:
        """Remove all trees but these."""
        for other in (self.folder / "trees").glob("*"):
            if other.name not in but:
                _remove(other)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
