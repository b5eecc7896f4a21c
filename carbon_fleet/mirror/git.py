"""git, run here: without the user's settings, without questions, with a deadline, its last words as what is wrong."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from carbon_fleet.mirror.trouble import MirrorTrouble

SECONDS = 1800
_QUIET = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def git(
    about: str, *words: str, folder: Path | None = None, env: Mapping[str, str] | None = None, stdin: str | None = None
) -> str:
    """What git prints, in `folder`. Raises `MirrorTrouble`, which names what it was `about`."""
    where = ["-C", str(folder)] if folder else []
    try:
        ran = subprocess.run(
            ["git", *where, *words],
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            env={**os.environ, **_QUIET, **(env or {})},
            check=False,
        )
    except FileNotFoundError:
        raise MirrorTrouble("git is not installed here: taps are git repositories; install it") from None
    except subprocess.TimeoutExpired:
        raise MirrorTrouble(f"{about}: git {words[0]} did not end within {SECONDS} s: run it again") from None
    if ran.returncode != 0:
        said = [line for line in ran.stderr.splitlines() if line.strip()]
        raise MirrorTrouble(f"{about}: git {words[0]}: {said[-1] if said else f'status {ran.returncode}'}")
    return ran.stdout


def signed(name: str, when: str) -> dict[str, str]:
    """The environment of a commit of ours: by `name`, dated `when`, so that equal contents are equal commits."""
    who = {f"GIT_{role}_NAME": f"carbon-fleet {name}" for role in ("AUTHOR", "COMMITTER")}
    mail = {f"GIT_{role}_EMAIL": f"{name}@carbon-fleet.invalid" for role in ("AUTHOR", "COMMITTER")}
    return who | mail | {f"GIT_{role}_DATE": when for role in ("AUTHOR", "COMMITTER")}
