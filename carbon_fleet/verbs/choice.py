"""Which Macs of which lab a verb works on, chosen the same way by every verb."""

import fnmatch
import sys
from collections.abc import Sequence
from pathlib import Path

from carbon_fleet.lock.out import ADDRESS
from carbon_fleet.plan.registry import lab_sections, resources
from carbon_fleet.plan.selection import NoSuchResource, Selection, selection
from carbon_fleet.report.document import Exit
from carbon_fleet.spec import Lab, LabError, Mac, load_lab
from carbon_fleet.verbs.stop import Stop


def lab_of(file: Path) -> Lab:
    """The lab in `file`; every mistake in it is printed and ends the verb with 78."""
    try:
        return load_lab(file, lab_sections())
    except LabError as error:
        for fault in error.errors:
            print(fault, file=sys.stderr)
        raise Stop(Exit.BAD_LAB) from None


def macs_of(lab: Lab, limit: Sequence[str]) -> list[Mac]:
    """The Macs that `limit` names (names, globs or groups; several may be joined by commas); all when it is empty."""
    if not limit:
        return list(lab.macs.values())
    words = _words(limit)
    if not words:
        raise usage("--limit is empty: name Macs, globs or groups, or leave it out for the whole lab")
    chosen = {name for word in words for name in _named(lab, word)}
    return [mac for mac in lab.macs.values() if mac.name in chosen]


def _named(lab: Lab, word: str) -> list[str]:
    names = [mac.name for mac in lab.macs.values() if fnmatch.fnmatchcase(mac.name, word) or word in mac.groups]
    if not names:
        raise usage(f"--limit {word}: no Mac, glob or group of lab `{lab.name}` is called so; {_some(lab)}")
    return names


def mac_of(lab: Lab, name: str) -> Mac:
    """The one Mac called `name`; else the verb ends with 64."""
    if name not in lab.macs:
        raise usage(f"{name}: no Mac of lab `{lab.name}` is called so; {_some(lab)}")
    return lab.mac(name)


def consenting(lab: Lab, names: Sequence[str], option: str = "--allow-replace") -> set[str]:
    """The Macs where `option` may destroy something: each by its own name, so that no glob means one by accident."""
    words = _words(names)
    for word in words:
        if word not in lab.macs:
            raise usage(f"{option} {word}: no Mac of lab `{lab.name}` has exactly this name; {_some(lab)}")
    return set(words)


def selected(only: Sequence[str], skip: Sequence[str]) -> Selection:
    """What `--only` and `--skip` choose; a glob that can match nothing ends the verb with 64."""
    try:
        return selection(only, skip, [*(resource.name for resource in resources()), ADDRESS])
    except NoSuchResource as error:
        raise usage(str(error)) from None


def _words(parts: Sequence[str]) -> list[str]:
    return [word.strip() for part in parts for word in part.split(",") if word.strip()]


def _some(lab: Lab) -> str:
    return f"its Macs: {', '.join(list(lab.macs)[:5])}{', …' if len(lab.macs) > 5 else ''}"


def usage(text: str) -> Stop:
    """Say what is wrong with the command line; to be raised."""
    print(text, file=sys.stderr)
    return Stop(Exit.USAGE)
