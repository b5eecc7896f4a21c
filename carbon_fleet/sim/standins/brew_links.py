"""`brew link`, `unlink`, `tab`, `pin`, `unpin`, `update`: what changes a keg's records and nothing else."""

from __future__ import annotations

import os
import sys

from . import brew_bottles, brew_git, brew_taps, cellar, downloads
from .disk import fail, write_json


def _kegs(argv: list[str]) -> list[str]:
    names = [arg.rpartition("/")[2] for arg in argv if not arg.startswith("-")]
    for name in names:
        if not cellar.versions(name):
            fail(f"Error: No such keg: {cellar.CELLAR}/{name}")
    return names


def link(argv: list[str]) -> int:
    """Link the newest keg; one that is linked already is a warning."""
    for name in _kegs(argv):
        if linked(name):
            sys.stderr.write(f"Warning: Already linked: {cellar.CELLAR}/{name}/{cellar.versions(name)[-1]}\n")
            continue
        cellar.link(name, cellar.versions(name)[-1])
        sys.stdout.write(f"Linking {cellar.CELLAR}/{name}/{cellar.versions(name)[-1]}... 3 symlinks created.\n")
    return 0


def linked(name: str) -> bool:
    """Whether the keg is linked into the prefix."""
    return os.path.lexists(f"{cellar.PREFIX}/var/homebrew/linked/{name}")


def unlink(argv: list[str]) -> int:
    """Take the links in bin away; opt stays, so that other kegs still find it."""
    for name in _kegs(argv):
        cellar.unlink(name, ("bin", "var/homebrew/linked"))
        sys.stdout.write(f"Unlinking {cellar.CELLAR}/{name}/{cellar.versions(name)[-1]}... 3 symlinks removed.\n")
    return 0


def tab(argv: list[str]) -> int:
    """Mark kegs as installed on request, or not."""
    wanted = "--installed-on-request" in argv
    for name in _kegs(argv):
        data = {**cellar.receipt(name), "installed_on_request": wanted}
        write_json(f"{cellar.CELLAR}/{name}/{cellar.versions(name)[-1]}/INSTALL_RECEIPT.json", data, indent=2)
    return 0


def pin(argv: list[str]) -> int:
    """Pin the newest version."""
    for name in _kegs(argv):
        if not cellar.pinned(name):
            keg = f"../../../Cellar/{name}/{cellar.versions(name)[-1]}"
            os.symlink(keg, f"{cellar.PREFIX}/var/homebrew/pinned/{name}")
    return 0


def unpin(argv: list[str]) -> int:
    """Unpin."""
    for name in _kegs(argv):
        if cellar.pinned(name):
            os.unlink(f"{cellar.PREFIX}/var/homebrew/pinned/{name}")
    return 0


def update(_argv: list[str]) -> int:
    """The lab's catalogue is always current; where downloads are real, lists and taps are fetched all the same."""
    if downloads.real():
        brew_bottles.refresh()
        brew_git.update(brew_taps.tapped())
    sys.stdout.write("Already up-to-date.\n")
    return 0
