"""A tap's formulae as they were at a commit, had from its repository without the rest of its history.

homebrew/core is some GB: just one commit's list of files is asked for, and of the files those that are wanted (git's
partial clones). Who serves git as plain files can do neither: then all of it is fetched.
"""

import shutil
from pathlib import Path, PurePosixPath

from carbon_fleet.mirror.git import git
from carbon_fleet.mirror.trouble import MirrorTrouble

FOLDERS = ("Formula", "HomebrewFormula")
"""Where brew looks for a tap's formulae; where neither is there, at its root (docs.brew.sh/Taps)."""


class Origin:
    """The repository at `url`, of which what is asked for comes into the bare repository `folder`."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url
        self._whole = False
        self._had: dict[str, list[str]] = {}

    def formula(self, name: str, commit: str) -> str:
        """The text of a formula's file at a commit. Raises `MirrorTrouble`."""
        paths = [path for path in self._files(commit) if _is(path, name)]
        if not paths:
            raise MirrorTrouble(f"{self._url} has no formula {name} at {commit[:12]}: was it renamed since?")
        return self._git("cat-file", "blob", f"{commit}:{paths[0]}")

    def date(self, commit: str) -> int:
        """When it was committed, in seconds since 1970. Raises `MirrorTrouble`."""
        self._files(commit)
        return int(self._git("show", "--no-patch", "--format=%ct", commit))

    def _files(self, commit: str) -> list[str]:
        if commit not in self._had:
            self._have(commit)
            self._had[commit] = self._git("ls-tree", "-r", "--name-only", commit).splitlines()
        return self._had[commit]

    def _have(self, commit: str) -> None:
        if not self._whole:
            self._begin()
            try:
                self._git("fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", "origin", commit)
            except MirrorTrouble as error:
                if "dumb http" not in str(error):
                    raise
                self._all()
        self._git("cat-file", "-e", f"{commit}^{{commit}}")

    def _begin(self) -> None:
        if not self._folder.exists():
            git(self._url, "init", "--quiet", "--bare", str(self._folder))
            self._git("remote", "add", "origin", self._url)

    def _all(self) -> None:
        """In a repository made anew: this one knows by now that it is partial, and would ask for the rest forever."""
        shutil.rmtree(self._folder)
        self._begin()
        self._git("fetch", "--quiet", "--no-tags", "origin", "+refs/heads/*:refs/heads/*")
        self._whole = True

    def _git(self, *words: str) -> str:
        return git(self._url, *words, folder=self._folder)


def _is(path: str, name: str) -> bool:
    parts = PurePosixPath(path).parts
    return parts[-1] == f"{name}.rb" and (parts[0] in FOLDERS or len(parts) == 1)
