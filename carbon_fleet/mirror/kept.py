"""A tap of the lab's own: formulae as a lock has them, with the bottles' sha256s, in a git repository that brew clones.

Each file is its tap's own at the locked commit, byte for byte but for a line that says whence, and for the place of its
bottles where the tap's name said that. The repository is bare and its branch moved last: a run that is cut off leaves
what was there before.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carbon_fleet.lock.keeping import Keep
from carbon_fleet.mirror import tapfile
from carbon_fleet.mirror.formulae import Formula
from carbon_fleet.mirror.git import git, signed
from carbon_fleet.mirror.origin import Origin
from carbon_fleet.mirror.trouble import MirrorTrouble

BRANCH = "refs/heads/main"
NOTE = "kept.json"
"""In the repository: which formula is of which commit of which tap."""
README = """\
# Formulae of {tap} as a lab's lock has them

Made by `carbon-fleet lock`: each file is as {tap} had it at the commit `kept.json` names, with its bottles' sha256s.
brew pours those bottles and no others. Nothing is for building from source: patches that lie in {tap} are not here.
"""


@dataclass
class Kept:
    """What came of it: the formulae that are held, why others are not, what they need besides, and the commits."""

    formulae: list[Formula] = field(default_factory=list)
    why_not: dict[str, str] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    before: str | None = None
    commit: str | None = None

    @property
    def written(self) -> bool:
        """Whether the repository has a commit more than before."""
        return self.commit is not None and self.commit != self.before


class KeptTap:
    """The repository in `folder`, which holds formulae of the tap `tap`."""

    def __init__(self, folder: Path, tap: str) -> None:
        self._folder, self._tap = folder.absolute(), tap

    def keep(self, keeps: Iterable[Keep], origin: Origin) -> Kept:
        """Have these formulae in it; what it holds besides stays. Raises `MirrorTrouble` where it is something else."""
        kept, noted = Kept(before=self._head()), self._noted()
        files, dates = dict[str, str](), list[int]()
        for keep in keeps:
            try:
                text, formula = self._formula(keep, origin)
                dates.append(origin.date(keep.commit))
            except MirrorTrouble as error:
                kept.why_not[keep.name] = str(error)
                continue
            files[f"Formula/{keep.name}.rb"] = text
            noted[keep.name] = {"version": keep.version, "commit": keep.commit, "bottles": dict(formula.bottles)}
            kept.formulae.append(formula)
        names = {formula.name for formula in kept.formulae}
        kept.needs = {one.name: [need for need in one.needs if need not in names] for one in kept.formulae}
        note = json.dumps({"format_version": 1, "tap": self._tap, "formulae": noted}, indent=2, sort_keys=True) + "\n"
        kept.commit = kept.before
        if files:
            kept.commit = self._commit(
                {**files, NOTE: note, "README.md": README.format(tap=self._tap)}, f"@{max(dates)} +0000"
            )
        return kept

    def _formula(self, keep: Keep, origin: Origin) -> tuple[str, Formula]:
        text = origin.formula(keep.name, keep.commit)
        formula = tapfile.formula(self._tap, keep.name, text)
        where = f"{self._tap} at {keep.commit[:12]}"
        if formula.version != keep.version:
            what = f"{where} has {formula.version}, and the lock {keep.version}"
            raise MirrorTrouble(f"{what}: verify the Mac, and lock it again")
        if not formula.bottles:
            raise MirrorTrouble(f"{where} has no bottle of it: it would be built on each Mac")
        if other := sorted(keep.bottles - set(formula.bottles.values())):
            what = f"{where} has other bottles of it than the {other[0][:12]}… that was poured"
            raise MirrorTrouble(f"{what}: it was bottled anew without another version")
        if found := re.search(r"^[ \t]*require(_relative)?[ \t(]+[\"'](\.|/).*$", text, re.M):
            raise MirrorTrouble(f"its file needs another one of {self._tap} ({found[0].strip()}), which is not held")
        head = f"# Kept by carbon-fleet: {keep.name} {keep.version} of {self._tap}@{keep.commit}\n"
        return head + tapfile.rooted(self._tap, text), formula

    def _head(self) -> str | None:
        """The commit it is on. Raises `MirrorTrouble` where the folder is no repository of ours."""
        if not self._folder.exists() or (self._folder.is_dir() and not any(self._folder.iterdir())):
            git(str(self._folder), "init", "--quiet", "--bare", "--initial-branch=main", str(self._folder))
        other = (
            f"{self._folder} is something else than a tap of this kind: name a folder that is empty or not there yet"
        )
        try:
            if not self._folder.is_dir() or self._git("rev-parse", "--is-bare-repository").strip() != "true":
                raise MirrorTrouble(other)
            if self._git("rev-parse", "--absolute-git-dir").strip() != str(self._folder.resolve()):
                raise MirrorTrouble(other)
        except MirrorTrouble:
            raise MirrorTrouble(other) from None
        return self._git("for-each-ref", "--format=%(objectname)", BRANCH).strip() or None

    def _noted(self) -> dict[str, Any]:
        """What it says of itself."""
        if not self._git("for-each-ref", BRANCH):
            return {}
        try:
            said = json.loads(self._git("cat-file", "blob", f"{BRANCH}:{NOTE}"))
            tap, noted = str(said["tap"]), dict(said["formulae"])
        except (MirrorTrouble, ValueError, KeyError, TypeError):
            raise MirrorTrouble(f"{self._folder} is a repository of something else: name another folder") from None
        if tap != self._tap:
            what = f"{self._folder} holds formulae of {tap}"
            raise MirrorTrouble(f"{what}: those of {self._tap} need a folder of their own")
        return noted

    def _commit(self, files: dict[str, str], when: str) -> str:
        """The branch with these files, in one more commit where they are not there yet."""
        before = self._head()
        index = self._folder / "kept.index"
        index.unlink(missing_ok=True)
        env = {"GIT_INDEX_FILE": str(index)}
        if before:
            self._git("read-tree", before, env=env)
        for path, text in files.items():
            blob = self._git("hash-object", "-w", "--stdin", stdin=text).strip()
            self._git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", env=env)
        tree = self._git("write-tree", env=env).strip()
        index.unlink(missing_ok=True)
        if before and self._git("rev-parse", f"{before}^{{tree}}").strip() == tree:
            return before
        parents = ["-p", before] if before else []
        message = f"Keep formulae of {self._tap} as they are locked\n"
        made = self._git("commit-tree", tree, *parents, "-m", message, env=signed("lock", when)).strip()
        self._git("update-ref", BRANCH, made, before or "0" * 40)
        self._git("symbolic-ref", "HEAD", BRANCH)
        self._git("update-server-info")
        return made

    def _git(self, *words: str, env: dict[str, str] | None = None, stdin: str | None = None) -> str:
        return git(str(self._folder), *words, folder=self._folder, env=env, stdin=stdin)
