"""A lab by git: the newest commit of a branch, signed, that comes after the one taken last."""

import re
from pathlib import Path

from carbon_fleet.pull.git import GitFailed, Repository
from carbon_fleet.pull.source import Signed, not_fetched, not_newer, unsigned
from carbon_fleet.spec.pulled import Pulled

ACCEPTED, CANDIDATE = "refs/carbon-fleet/accepted", "refs/carbon-fleet/candidate"
_GOOD = re.compile(r'Good "git" signature for (\S+) with')
_BY_HAND = "run the same on this Mac by hand, and see that `git ls-remote` of the address works there without asking"
_SIGN = "sign it (git config gpg.format ssh; git commit --amend -S) and push, or add who signed it to that file"


class Commits:
    """See `Source`. What is in force is a ref of a bare repository in `folder`."""

    def __init__(self, folder: Path) -> None:
        """Raises `NotTaken`."""
        self._folder = folder
        try:
            self._repository = Repository(folder / "repository")
        except GitFailed as error:
            raise not_fetched("a repository", str(error), _BY_HAND) from error

    @property
    def in_force(self) -> str | None:
        """See `Source`."""
        return self._repository.commit(ACCEPTED)

    def fetch(self, wanted: Pulled, signers: Path) -> Signed:
        """See `Source`."""
        ca = Path(wanted.ca).expanduser() if wanted.ca else None
        try:
            commit = self._repository.fetch(wanted.url, wanted.branch, CANDIDATE, ca)
        except GitFailed as error:
            raise not_fetched(wanted.url, str(error), _BY_HAND) from error
        signer = self._signer(commit, signers)
        before = self.in_force
        if before is not None and not self._repository.follows(commit, before):
            what = f"commit {commit[:12]} does not come after {before[:12]}, which was taken before"
            rewritten = f"if it was rewritten on purpose: rm -r {self._folder}"
            raise not_newer(what, f"push one that comes after it, as `git revert` makes; {rewritten}")
        return Signed(commit, signer, f"commit {commit[:12]}", {"commit": commit})

    def write(self, signed: Signed, folder: Path) -> None:
        """See `Source`."""
        try:
            self._repository.write(signed.name, folder)
        except GitFailed as error:
            raise not_fetched(signed.what, str(error), _BY_HAND) from error

    def accept(self, signed: Signed) -> None:
        """See `Source`."""
        try:
            self._repository.point(ACCEPTED, signed.name)
        except GitFailed as error:
            raise not_fetched(signed.what, str(error), _BY_HAND) from error

    def _signer(self, commit: str, signers: Path) -> str:
        what = f"commit {commit[:12]}"
        try:
            if not self._repository.signed(commit):
                raise unsigned(f"{what} has no signature", signers, _SIGN)
            said = self._repository.signer(commit, signers)
        except GitFailed as error:
            raise unsigned(f"{what} has no good signature: {error}", signers, _SIGN) from error
        good = _GOOD.search(said)
        if good is None:
            raise unsigned(f"{what} has no good signature: {said[:200]}", signers, _SIGN)
        return good[1]
