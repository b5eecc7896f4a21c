"""What a tap offers that git has really cloned: as its files say. What no clone says is in the table of `formulae`."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_TAPS = "/opt/homebrew/Library/Taps"


def folder(tap: str) -> str:
    """Where a tap's clone lies."""
    owner, _, name = tap.partition("/")
    return f"{_TAPS}/{owner}/homebrew-{name}"


def real(tap: str) -> bool:
    """Whether git made it; what stands for a clone elsewhere has no objects."""
    return os.path.isdir(f"{folder(tap)}/.git/objects")


def head(tap: str) -> str:
    """The commit a real clone is at."""
    git = f"{folder(tap)}/.git"
    with open(f"{git}/HEAD") as file:
        said = file.read().strip()
    ref = said.removeprefix("ref: ")
    if ref == said:
        return said
    if os.path.exists(f"{git}/{ref}"):
        with open(f"{git}/{ref}") as file:
            return file.read().strip()
    with open(f"{git}/packed-refs") as file:
        return next(line.split()[0] for line in file if line.endswith(f" {ref}\n"))


def rows(tap: str) -> Iterator[tuple[str, str, list[str]]]:
    """Each formula's name, version and what it runs on (docs.brew.sh/Formula-Cookbook)."""
    place = f"{folder(tap)}/Formula"
    for name in sorted(os.listdir(place)) if os.path.isdir(place) else []:
        with open(f"{place}/{name}") as file:
            text = file.read()
        said = re.search(r'^  version "([^"]+)"', text, re.M) or re.search(
            r'^  url ".*?v?([0-9][0-9.]*)\.tar', text, re.M
        )
        needs = re.findall(r'^  depends_on "([^"]+)"$', text, re.M)
        yield name.removesuffix(".rb"), said[1] if said else "", needs


def bottle(tap: str, name: str, tag: str) -> str | None:
    """The sha256 a real clone says of a formula's bottle."""
    if not real(tap):
        return None
    with open(f"{folder(tap)}/Formula/{name}.rb") as file:
        found = re.search(rf'{tag}: *"([0-9a-f]{{64}})"', file.read())
    return found[1] if found else None
