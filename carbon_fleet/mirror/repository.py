"""Git repositories as plain files, which git fetches over http without a server of its own (gitprotocol-http, dumb).

A tap is served with its whole history and one commit of the mirror's on top, where its bottles have to be said to lie
elsewhere. That commit also has the mirror's commit before as a parent, so that every clone there is only goes forward.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from carbon_fleet.mirror.git import git, signed
from carbon_fleet.mirror.manifest import Kind
from carbon_fleet.mirror.shelf import Shelf
from carbon_fleet.mirror.trouble import MirrorTrouble
from carbon_fleet.spec import mirror as at

_DONE = "refs/upstream/noted"
"""The last commit of upstream that was brought here to the end."""
_SAYS = "Upstream's commit: "
Change = Callable[[str, str], str]
"""A file's path and text → what its text is to be."""


class Upstream(NamedTuple):
    """What the branch a repository offers is called, and the commit it is on."""

    branch: str
    commit: str


class Repository:
    """A bare clone in `folder`, of the repository at `url`; `name` is what people know it by."""

    def __init__(self, folder: Path, url: str, name: str) -> None:
        self.folder, self.url, self.name = folder, url, name

    def update(self, change: Change | None = None) -> bool:
        """Bring it to what upstream has, each file of a formula as `change` makes it; whether anything was fetched.

        Raises `MirrorTrouble`.
        """
        upstream = self._upstream()
        if not self.folder.exists():
            self._git("init", "--quiet", "--bare", "--initial-branch", upstream.branch, str(self.folder), inside=False)
        known = self._commit(_DONE)
        if known == upstream.commit and self._commit(f"refs/heads/{upstream.branch}"):
            return False
        refs = (f"+refs/heads/{upstream.branch}:refs/upstream/head", "+refs/tags/*:refs/tags/*")
        self._git("fetch", "--quiet", "--no-tags", "--prune", self.url, *refs)
        head = self._head(self._commit("refs/upstream/head") or "", upstream.branch, change)
        self._git("update-ref", f"refs/heads/{upstream.branch}", head)
        self._git("symbolic-ref", "HEAD", f"refs/heads/{upstream.branch}")
        self._git("-c", "pack.threads=1", "repack", "-a", "-d", "--quiet")
        self._git("update-server-info")
        self._git("update-ref", _DONE, upstream.commit)
        return True

    def files(self, ending: str, ref: str = "HEAD") -> dict[str, str]:
        """The text files of a commit whose path ends so."""
        listed = self._git("ls-tree", "-r", "--name-only", ref).splitlines()
        return {path: self._git("cat-file", "blob", f"{ref}:{path}") for path in listed if path.endswith(ending)}

    def shelve(self, shelf: Shelf) -> None:
        """Answer what git asks for."""
        root, source = at.git(self.name), f"https://github.com/{self.name}"
        refs = (self.folder / "info/refs").read_text().splitlines(keepends=True)
        shown = "".join(line for line in refs if "\trefs/upstream/" not in line)
        shelf.put(f"{root}/info/refs", Kind.GIT, shown.encode(), source, "text/plain")
        for path in ("HEAD", "objects/info/packs"):
            shelf.put(f"{root}/{path}", Kind.GIT, (self.folder / path).read_bytes(), source, "text/plain")
        for file in sorted((self.folder / "objects/pack").iterdir()):
            if file.suffix in (".pack", ".idx"):
                sha256 = shelf.depot.put(file.read_bytes())
                shelf.add(f"{root}/objects/pack/{file.name}", Kind.GIT, sha256, source)

    def _upstream(self) -> Upstream:
        said = self._git("ls-remote", "--symref", self.url, "HEAD", inside=False).splitlines()
        branch = next((line.split()[1] for line in said if line.startswith("ref: ")), "refs/heads/main")
        commit = next((line.split()[0] for line in said if line.endswith("\tHEAD") and line[0] != "r"), None)
        if commit is None:
            raise MirrorTrouble(f"{self.url} has no branch: is it a repository?")
        return Upstream(branch.removeprefix("refs/heads/"), commit)

    def _commit(self, ref: str) -> str | None:
        try:
            return self._git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}").strip() or None
        except MirrorTrouble:
            return None

    def _head(self, upstream: str, branch: str, change: Change | None) -> str:
        """The commit the mirror has its branch on: upstream's, or ours on top of it."""
        before = self._commit(f"refs/heads/{branch}")
        behind = before is not None and not self._goes_forward(before, upstream)
        tree = self._tree(upstream, change, self._note(before if behind else None, upstream)) if change else None
        if not tree and not behind:
            return upstream
        tree = tree or self._git("rev-parse", f"{upstream}^{{tree}}").strip()
        parents = [upstream, *([before] if before and behind else [])]
        when = self._git("show", "--no-patch", "--format=%cI", upstream).strip()
        words = [word for parent in parents for word in ("-p", parent)]
        message = f"Bottles are in the mirror\n\n{_SAYS}{upstream}\n"
        return self._git("commit-tree", tree, *words, "-m", message, env=signed("mirror", when)).strip()

    def _note(self, before: str | None, upstream: str) -> str:
        """Which commit of upstream each of the mirror's is, a line each; the last is its own, which it cannot name."""
        lines: list[str] = []
        if before and (said := self._git("show", "--no-patch", "--format=%B", before).rpartition(_SAYS)[2].split()):
            known = self._git("ls-tree", "--name-only", before, at.UPSTREAM)
            lines = self._git("cat-file", "blob", f"{before}:{at.UPSTREAM}").splitlines()[:-1] if known else []
            lines.append(f"{before} {said[0]}")
        return "\n".join([*lines, upstream]) + "\n"

    def _goes_forward(self, old: str, new: str) -> bool:
        try:
            self._git("merge-base", "--is-ancestor", old, new)
        except MirrorTrouble:
            return False
        return True

    def _tree(self, upstream: str, change: Change, note: str) -> str | None:
        """The tree with what `change` makes of it, and the note; None where it makes nothing else of it."""
        index = self.folder / "mirror.index"
        index.unlink(missing_ok=True)
        env, changed = {"GIT_INDEX_FILE": str(index)}, False
        self._git("read-tree", upstream, env=env)
        for path in self._git("ls-tree", "-r", "--name-only", upstream).splitlines():
            if not path.endswith(".rb"):
                continue
            text = self._git("cat-file", "blob", f"{upstream}:{path}")
            if (wanted := change(path, text)) != text:
                blob = self._git("hash-object", "-w", "--stdin", stdin=wanted).strip()
                self._git("update-index", "--cacheinfo", f"100644,{blob},{path}", env=env)
                changed = True
        blob = self._git("hash-object", "-w", "--stdin", stdin=note).strip()
        self._git("update-index", "--add", "--cacheinfo", f"100644,{blob},{at.UPSTREAM}", env=env)
        tree = self._git("write-tree", env=env).strip()
        index.unlink(missing_ok=True)
        return tree if changed else None

    def _git(
        self, *words: str, inside: bool = True, env: Mapping[str, str] | None = None, stdin: str | None = None
    ) -> str:
        return git(self.url, *words, folder=self.folder if inside else None, env=env, stdin=stdin)
