"""A lab's git repository with people who sign what they push, or do not: real git, real keys."""

import os
import subprocess
from pathlib import Path

LAB = "lab: {name}\nmacs:\n  mac-01: {{host: local}}\n  mac-02: {{host: 10.0.0.2, user: lab}}\n"


class Upstream:
    """A repository in a folder, on branch main."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.keys = folder / "upstream", folder / "keys"
        self.keys.mkdir(parents=True)
        self.signers = folder / "allowed_signers"
        self.git("init", "--quiet", "--initial-branch=main", str(self.folder), inside=False)
        self.allow("ada")

    def key(self, person: str) -> Path:
        path = self.keys / person
        if not path.exists():
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", str(path)]
            subprocess.run(words, check=True)
        return path

    def allow(self, person: str) -> None:
        kind, key, _ = self.key(person).with_suffix(".pub").read_text().split()
        with self.signers.open("a") as file:
            file.write(f'{person}@lab namespaces="git" {kind} {key}\n')

    def commit(self, by: str | None = "ada", *, name: str = "brisbane", text: str | None = None) -> str:
        (self.folder / "lab.yml").write_text(LAB.format(name=name) if text is None else text)
        self.git("add", "--all")
        sign = ["-c", "gpg.format=ssh", "-c", f"user.signingKey={self.key(by)}"] if by else []
        self.git(*sign, "commit", "--quiet", "--allow-empty", "-m", name, "-S" if by else "--no-gpg-sign")
        return self.git("rev-parse", "HEAD")

    def raw(self, commit: str, text: bytes) -> str:
        """Put `text` in the place of a commit, at the head of main."""
        argv = ["git", "-C", str(self.folder), "hash-object", "-t", "commit", "-w", "--stdin"]
        made = subprocess.run(argv, input=text, capture_output=True, check=True).stdout.decode().strip()
        self.git("update-ref", "refs/heads/main", made)
        return made

    def git(self, *words: str, inside: bool = True) -> str:
        person = {"GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": "x@lab"}
        person |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in person.items()}
        env = {**os.environ, **person, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        argv = ["git", *(["-C", str(self.folder)] if inside else []), *words]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout.strip()
