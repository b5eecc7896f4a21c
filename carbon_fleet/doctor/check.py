"""What a check is: a code with its meaning, cause, remedy and source, and the function that looks for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from carbon_fleet.doctor.patient import Patient

ISSUES = "https://github.com/podman-container-tools/podman/issues/"
DESKTOP = "https://github.com/podman-desktop/podman-desktop/issues/"
KRUNKIT = "https://github.com/libkrun/krunkit/issues/"
DOCS = "https://github.com/Homebrew/brew/blob/main/docs/"


@dataclass(frozen=True)
class Check:
    """One thing that can be wrong.

    `about` is the meaning of `code` in a few words (docs/codes.md has them); `look` yields the evidence, a sentence
    each time it is so. In `cause` and `remedy`, `{machine}`, `{prefix}` and `{restarts}` (when `--fix`
    may restart the machine) become this Mac's. `heals` are globs over
    the addresses of Changes that mend it, which `--fix` may make; `covers` those of Changes that it speaks of and that
    `--fix` may not make. `hides` are globs over codes that only follow from this one. A `note` is worth knowing and
    makes nothing fail. `row` is a name of `docs/doctor.md`'s table.
    """

    code: str
    about: str
    cause: str
    remedy: str
    look: Callable[[Patient], Iterable[str]]
    row: str = ""
    heals: tuple[str, ...] = ()
    link: str = ""
    hides: tuple[str, ...] = ()
    note: bool = False
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What the doctor adds to a code that a resource refuses or notes by itself: row, source, and what it hides."""

    code: str
    row: str = ""
    link: str = ""
    hides: tuple[str, ...] = ()
