"""Which resources a run is about: `--only` and `--skip`, globs on addresses."""

import fnmatch
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_WILD = re.compile(r"[*?\[]")
PREFLIGHT = "preflight"
"""What it refuses stops a run whatever is chosen: this machine may be no Mac at all."""


class NoSuchResource(Exception):
    """A glob that can match no address; the message names the resources there are."""


@dataclass(frozen=True)
class Selection:
    """Globs on addresses: `homebrew.formula.podman`, `stack.*`, or `stack` for all of a resource.

    An address is chosen when a glob of `only` matches it (or there are none) and no glob of `skip` does.
    """

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()

    def chooses(self, address: str) -> bool:
        """Whether the run is about what lies at `address`."""
        wanted = not self.only or any(_matches(glob, address) for glob in self.only)
        return wanted and not any(_matches(glob, address) for glob in self.skip)

    def touches(self, resource: str) -> bool:
        """Whether the run may be about anything of `resource`."""
        wanted = not self.only or any(_may_match(glob, resource) for glob in self.only)
        return wanted and not any(_matches(glob.removesuffix(".*"), resource) for glob in self.skip)

    def stops(self, resource: str, address: str) -> bool:
        """Whether what `resource` refuses at `address` ends the run.

        It does when anything of the resource is chosen, for it may concern all of it; not when just this is skipped.
        """
        skipped = any(_matches(glob, address) for glob in self.skip)
        return resource == PREFLIGHT or (self.touches(resource) and not skipped)


EVERYTHING = Selection()


def selection(only: Sequence[str], skip: Sequence[str], resources: Iterable[str]) -> Selection:
    """What the globs choose (several may be joined by commas). Raises `NoSuchResource`."""
    names, chosen, left = list(resources), _words(only), _words(skip)
    for option, words, given in (("--only", chosen, only), ("--skip", left, skip)):
        if given and not words:
            raise NoSuchResource(f"{option} is empty: name addresses or globs of them, or leave it out")
        for word in words:
            if not any(_may_match(word, name) for name in names):
                known = ", ".join(names)
                raise NoSuchResource(
                    f"{option} {word}: no resource is called so; an address begins with one of {known}"
                )
    return Selection(chosen, left)


def _words(parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip() for part in parts for word in part.split(",") if word.strip())


def _matches(glob: str, address: str) -> bool:
    return fnmatch.fnmatchcase(address, glob) or fnmatch.fnmatchcase(address, f"{glob}.*")


def _may_match(glob: str, resource: str) -> bool:
    """Whether the glob may match an address of `resource`: a `*` goes over dots, too."""
    literal = _WILD.split(glob, maxsplit=1)[0]
    first, dot, _ = literal.partition(".")
    return resource == first if dot or literal == glob else resource.startswith(first)
