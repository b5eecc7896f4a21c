"""Taps that are really cloned, by this machine's git, and what Homebrew then thinks of their remote."""

from __future__ import annotations

import os
import re
import subprocess
import sys

from .cellar import PREFIX, tap_directory
from .disk import fail

_ENV = {"PATH": "/.host/bin:/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def usual(tap: str) -> str:
    """Where a tap is when nobody says."""
    return f"https://github.com/{tap_directory(tap)}"


def remote(tap: str) -> str:
    """The address a tap was cloned from."""
    try:
        with open(f"{PREFIX}/Library/Taps/{tap_directory(tap)}/.git/config") as file:
            found = re.search(r"url = (\S+)", file.read())
    except OSError:
        found = None
    return found[1] if found else usual(tap)


def reference(tap: str) -> str:
    """What stands for a tap in the trust store: its name, or its address where that is another than usual."""
    return tap if _plain(remote(tap)) == _plain(usual(tap)) else _plain(remote(tap))


def _plain(url: str) -> str:
    return url.lower().rstrip("/").removesuffix(".git")


def clone(tap: str, url: str) -> None:
    """`git clone`, whole. Ends the program where it fails."""
    folder = f"{PREFIX}/Library/Taps/{tap_directory(tap)}"
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    if _git("clone", "--quiet", "--origin=origin", "--template=", url, folder):
        fail(f"Error: Failure while executing; `git clone {url}` exited with 128.")


def update(taps: list[str]) -> None:
    """`git fetch` of Homebrew itself and of each tap, whose branch goes forward."""
    brew = os.environ.get("HOMEBREW_BREW_GIT_REMOTE") or "https://github.com/Homebrew/brew"
    if _git("ls-remote", "--quiet", "--exit-code", brew, "HEAD"):
        fail(f"Error: Fetching {brew} failed!")
    for tap in taps:
        folder = f"{PREFIX}/Library/Taps/{tap_directory(tap)}"
        if _git("-C", folder, "pull", "--quiet", "--ff-only"):
            fail(f"Error: Fetching {folder} failed!")


def _git(*words: str) -> int:
    env = {**_ENV, "HOME": os.environ.get("HOME", "/")}
    sys.stdout.flush()
    return subprocess.run(["/.host/bin/git", *words], env=env, stdout=subprocess.DEVNULL).returncode
