"""git, as a Mac has it with the Command Line Tools: no configuration of the user's decides what a signature is worth.

Sources: git-verify-commit(1), git-config(1) gpg.*, protocol.*. Which program checks a signature git goes by the
signature and not by `gpg.format`: an OpenPGP one would be held against the user's own key ring, so it is not checked.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

FETCH_SECONDS, SECONDS = 300, 60
HERMETIC = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
"""No settings but the repository's, which are ours. Fetching needs the user's: proxies, keys, credential helpers."""
ALONE = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "SSH_ASKPASS": "true",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
"""Nobody is there to be asked."""
SETTINGS = (
    "protocol.allow=never",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
    "protocol.file.allow=always",
    "fetch.fsckObjects=true",
    "core.hooksPath=/dev/null",
)
ONLY_SSH = ("gpg.openpgp.program=false", "gpg.x509.program=false", "gpg.ssh.program=ssh-keygen")


class GitFailed(Exception):
    """A git command failed, or could not be run; the message is what it said last."""


class Repository:
    """A bare repository in `folder`, made when it is not there."""

    def __init__(self, folder: Path) -> None:
        """Raises `GitFailed`."""
        self.folder = folder
        if not (folder / "HEAD").exists():
            self._git("init", "--quiet", "--bare", env=HERMETIC)

    def fetch(self, url: str, branch: str, ref: str, ca: Path | None = None) -> str:
        """Have the branch's commits; the newest one, to which `ref` then points. Raises `GitFailed`.

        `ca` has the roots that count for https instead of the Mac's own.
        """
        words = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        settings = (f"http.sslCAInfo={ca}",) if ca else ()
        where = ("--", url, f"+refs/heads/{branch}:{ref}")
        self._git("fetch", *words, *where, settings=settings, seconds=FETCH_SECONDS)
        commit = self.commit(ref)
        if commit is None:
            raise GitFailed(f"{branch} is no commit")
        return commit

    def commit(self, ref: str) -> str | None:
        """The commit a ref points to; None: there is no such ref."""
        try:
            return self._git("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", env=HERMETIC).strip()
        except GitFailed:
            return None

    def signed(self, commit: str) -> bool:
        """Whether there is any signature. Raises `GitFailed`."""
        head = self._git("cat-file", "commit", commit, env=HERMETIC).partition("\n\n")[0]
        return "\ngpgsig " in head

    def signer(self, commit: str, signers: Path) -> str:
        """What ssh-keygen says of a good signature by one of the `signers`. Raises `GitFailed`: there is none."""
        settings = (*ONLY_SSH, f"gpg.ssh.allowedSignersFile={signers}")
        return self._git("verify-commit", commit, settings=settings, env=HERMETIC, said=True).strip()

    def follows(self, commit: str, before: str) -> bool:
        """Whether `commit` is `before` or came after it."""
        try:
            self._git("merge-base", "--is-ancestor", before, commit, env=HERMETIC)
        except GitFailed:
            return False
        return True

    def write(self, commit: str, folder: Path) -> None:
        """All files of a commit into an empty folder. Raises `GitFailed`."""
        index = folder.with_name(f"{folder.name}.index")
        env = {**HERMETIC, "GIT_WORK_TREE": str(folder), "GIT_INDEX_FILE": str(index), "GIT_ATTR_NOSYSTEM": "1"}
        self._git("read-tree", commit, env=env)
        self._git("checkout-index", "--all", "--force", env=env)
        index.unlink()

    def point(self, ref: str, commit: str) -> None:
        """Let `ref` point to a commit. Raises `GitFailed`."""
        self._git("update-ref", ref, commit, env=HERMETIC)

    def _git(
        self,
        *words: str,
        settings: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
        seconds: int = SECONDS,
        said: bool = False,
    ) -> str:
        chosen = [word for setting in (*SETTINGS, *settings) for word in ("-c", setting)]
        # A hook or a shell we were started from may say another repository.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        try:
            ran = subprocess.run(
                ["git", f"--git-dir={self.folder}", *chosen, *words],
                env={**kept, **ALONE, **(env or {})},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except FileNotFoundError:
            raise GitFailed("there is no git on PATH: `xcode-select --install` brings it") from None
        except subprocess.TimeoutExpired:
            raise GitFailed(f"git {words[0]} did not end in {seconds} s") from None
        err = ran.stderr.decode(errors="replace")
        if ran.returncode != 0:
            lines = [line for line in err.splitlines() if line.strip()]
            raise GitFailed(lines[0] if lines else f"git {words[0]} ended with {ran.returncode}")
        return err if said else ran.stdout.decode(errors="replace")
