"""The lab a Mac fetched: what is in force stays until something signed and newer takes its place.

In its folder: `repository`, bare, whose ref `refs/carbon-fleet/accepted` is what is in force; `trees/COMMIT`, its
files, made whole and then named; `lab`, a link to that tree, moved by one rename.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from carbon_fleet.pull.git import GitFailed, Repository
from carbon_fleet.pull.trouble import NotTaken
from carbon_fleet.report.document import Failure
from carbon_fleet.spec.pulled import Pulled

ACCEPTED, CANDIDATE = "refs/carbon-fleet/accepted", "refs/carbon-fleet/candidate"
ADDRESS = "agent.pull"
_GOOD = re.compile(r'Good "git" signature for (\S+) with')


@dataclass(frozen=True)
class Candidate:
    """A commit whose signature is good, that goes on from what is in force: by whom, and where its files lie."""

    commit: str
    signer: str
    tree: Path


class PulledLab:
    """What is kept of one source in `folder`. Only one process at a time may use it."""

    def __init__(self, folder: Path) -> None:
        """Raises `NotTaken`, `OSError`."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._repository = Repository(folder / "repository")
        except GitFailed as error:
            raise _not_fetched("a repository", str(error)) from error

    @property
    def in_force(self) -> str | None:
        """The commit that was taken last; None: none was."""
        return self._repository.commit(ACCEPTED)

    @property
    def lab(self) -> Path:
        """Where the files lie that are in force."""
        return self.folder / "lab"

    def fetch(self, wanted: Pulled, signers: Path) -> Candidate:
        """Fetch, check who signed, and lay the files out beside those in force. Raises `NotTaken`, `OSError`."""
        try:
            commit = self._repository.fetch(wanted.url, wanted.branch, CANDIDATE)
        except GitFailed as error:
            raise _not_fetched(wanted.url, str(error)) from error
        signer = self._signer(commit, signers)
        before = self.in_force
        if before is not None and not self._repository.follows(commit, before):
            raise _not_newer(commit, before, self.folder)
        return Candidate(commit, signer, self._tree(commit))

    def take(self, candidate: Candidate) -> None:
        """Put it in force. Cut off in between, the next run ends it. Raises `NotTaken`, `OSError`."""
        try:
            self._repository.point(ACCEPTED, candidate.commit)
        except GitFailed as error:
            raise _not_fetched("the commit", str(error)) from error
        beside = self.folder / "lab.new"
        beside.unlink(missing_ok=True)
        beside.symlink_to(Path("trees", candidate.commit))
        beside.replace(self.lab)
        self._forget({candidate.commit})

    def _signer(self, commit: str, signers: Path) -> str:
        try:
            if not self._repository.signed(commit):
                raise _unsigned(commit, "has no signature", signers)
            said = self._repository.signer(commit, signers)
        except GitFailed as error:
            raise _unsigned(commit, f"has no good signature: {error}", signers) from error
        good = _GOOD.search(said)
        if good is None:
            raise _unsigned(commit, f"has no good signature: {said[:200]}", signers)
        return good[1]

    def _tree(self, commit: str) -> Path:
        tree = self.folder / "trees" / commit
        if tree.exists():
            return tree
        making = tree.with_name("making")
        self._forget({self.in_force or ""})
        making.mkdir(parents=True, mode=0o700)
        try:
            self._repository.write(commit, making)
        except GitFailed as error:
            raise _not_fetched(f"commit {commit[:12]}", str(error)) from error
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


def _not_fetched(what: str, said: str) -> NotTaken:
    why = "nothing new is applied; the lab that was fetched last stays in force"
    remedy = "run the same on this Mac by hand, and see that `git ls-remote` of the address works there without asking"
    return NotTaken(Failure(ADDRESS, "LAB_NOT_FETCHED", f"{what} could not be fetched: {said}", why, remedy))


def _unsigned(commit: str, what: str, signers: Path) -> NotTaken:
    return NotTaken(
        Failure(
            ADDRESS,
            "LAB_UNSIGNED",
            f"commit {commit[:12]} {what}",
            f"only what somebody in {signers} signed is applied; the lab that was fetched last stays in force",
            "sign it (git config gpg.format ssh; git commit --amend -S) and push, or add who signed it to that file",
        )
    )


def _not_newer(commit: str, before: str, folder: Path) -> NotTaken:
    return NotTaken(
        Failure(
            ADDRESS,
            "LAB_NOT_NEWER",
            f"commit {commit[:12]} does not come after {before[:12]}, which was taken before",
            "whoever holds the repository could bring back a lab that was left behind for a reason",
            f"push one that comes after it, as `git revert` makes; if it was rewritten on purpose: rm -r {folder}",
        )
    )
