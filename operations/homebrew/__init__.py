"""Homebrew: taps that are trusted, formulae and casks that are installed, from the taps and in the versions wished.

Read from the prefix on disk, decided from that alone: what brew prints says too little and changes too often. Sources:
Homebrew's docs (Tap-Trust, FAQ) and its `keg.rb`, `tab.rb`, `trust.rb`; the formulae of libkrun/krun.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Finding, Refusal, Resource, World
from carbon_fleet.plan.resource import ITSELF
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.homebrew.commands import Brew
from operations.homebrew.gone import absent, found, removal
from operations.homebrew.install import address_of, install_changes, wished_installs
from operations.homebrew.krun import FAMILY, OLD_TAPS, krun_installs, old_tap_findings, virglrenderer_installs
from operations.homebrew.mend import mends
from operations.homebrew.reading import read
from operations.homebrew.seen import FormulaSeen, HomebrewSeen, Receipt, TapSeen
from operations.homebrew.taps import tap_differences
from operations.homebrew.versions import versions
from operations.homebrew.wish import FormulaWish, Homebrew, check, fitted, held, short, without

__all__ = [
    "RESOURCE",
    "FormulaSeen",
    "FormulaWish",
    "Homebrew",
    "HomebrewSeen",
    "Receipt",
    "TapSeen",
    "asks",
    "check",
    "differences",
    "fitted",
    "held",
    "read",
]

OFFICIAL_INSTALL = '/bin/bash -c "$(curl -fsSL https://raw.githubusercontent.com/Homebrew/install/HEAD/install.sh)"'
"""The command Homebrew's own front page gives."""


def differences(wanted: Homebrew, seen: HomebrewSeen, world: World) -> Iterator[Finding]:
    """Taps and trust first, then links, removals and the one install, then upgrades, casks, and taps of the past.

    A Mac that is to have nothing of Homebrew needs none.
    """
    wanted = without(wanted, seen.brought)
    if not seen.present:
        if wanted.taps or wanted.wished or wanted.casks:
            yield _missing(wanted, seen)
        return
    found = tuple(_differences(held(wanted, world.mac), seen, _brew(wanted, world.mac), world))
    if not seen.writable and any(isinstance(finding, Change) for finding in found):
        yield _not_ours(wanted)
        return
    yield from found


def _brew(wanted: Homebrew, mac: Mac) -> Brew:
    return Brew(wanted.prefix, mac.mirror, wanted.tap_urls)


def _differences(wanted: Homebrew, seen: HomebrewSeen, brew: Brew, world: World) -> Iterator[Finding]:
    yield from tap_differences(wanted, seen, brew, world)
    leaves = world.leaves
    installs = list(wished_installs(wanted, seen, brew))
    if wanted.krun:
        others = tuple(install.name for install in installs if install.name)
        installs += krun_installs(wanted, seen, brew, others, leaves)
    elif wanted.venus:
        installs += virglrenderer_installs(seen, brew, {*map(short, wanted.wished)})
    removed = {name for install in installs for name in install.removes}
    sooner, later = mends(wanted, seen, brew, removed | {short(install.name) for install in installs if install.name})
    yield from install_changes((*installs, *sooner), brew, leaves)
    yield from later
    yield from _casks(wanted, seen, brew, leaves)
    if wanted.krun:
        yield from old_tap_findings(wanted, seen, brew, removed)


def _casks(wanted: Homebrew, seen: HomebrewSeen, brew: Brew, leaves: Callable[[str], bool]) -> Iterator[Change]:
    missing = [cask for cask in dict.fromkeys(wanted.casks) if not seen.has(short(cask))]
    for left in (False, True):
        group = [cask for cask in missing if leaves(f"homebrew.cask.{cask}") is left]
        for cask in group:
            commands = (brew.install_casks(*group),) if cask == group[-1] else ()
            attributes = (Attribute("installed", False, True),)
            yield Change(f"homebrew.cask.{cask}", Action.CREATE, attributes, "it is not installed", commands)


def _missing(wanted: Homebrew, seen: HomebrewSeen) -> Refusal:
    elsewhere = (
        f"; the one at {seen.other} is another one's: its programs are not Apple Silicon's" if seen.other else ""
    )
    return Refusal(
        "homebrew.prefix",
        "HOMEBREW_MISSING",
        f"there is no Homebrew at {wanted.prefix}{elsewhere}",
        "what runs containers here comes from it; its installer asks for an administrator's password, "
        "which only a person has",
        f"on this Mac, as the login user, run: {OFFICIAL_INSTALL}",
    )


def _not_ours(wanted: Homebrew) -> Refusal:
    return Refusal(
        "homebrew.prefix",
        "HOMEBREW_NOT_WRITABLE",
        f"the login user may not write in {wanted.prefix}",
        "Homebrew belongs to one user, and brew refuses to work as another",
        f"log in as its owner (`ls -ld {wanted.prefix}/Cellar`), "
        f'or give it over: sudo chown -R "$(whoami)" {wanted.prefix}',
    )


def asks(wanted: Homebrew, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/homebrew.sh`: where to look, and whose kegs to look into."""
    names = dict.fromkeys(
        (*map(short, wanted.wished), *(FAMILY if wanted.krun else ("virglrenderer",) if wanted.venus else ()))
    )
    old = " ".join(OLD_TAPS) if wanted.krun else ""
    return {"CF_HOMEBREW_PREFIX": wanted.prefix, "CF_HOMEBREW_NAMES": " ".join(names), "CF_HOMEBREW_OLD_TAPS": old}


def parts(wanted: Homebrew, mac: Mac) -> Mapping[str, Any]:
    """Formulae one by one: most of them come and go without the others. The lock's pins are wished, too.

    Taps, where a mirror or the lab file says whence.
    """
    brew = _brew(wanted, mac)
    taps = {tap: url for tap in map(str.lower, wanted.taps) if (url := brew.remote(tap))}
    whence = {f"homebrew.{kind}.{tap}": url for tap, url in taps.items() for kind in ("tap", "trust")}
    formulae = held(wanted, mac).wished
    return whence | {address_of(name): wish.model_dump(mode="json") for name, wish in formulae.items()}


RESOURCE = Resource(
    "homebrew",
    "homebrew",
    Homebrew,
    read,
    differences,
    asks=asks,
    check=check,
    parts=parts,
    versions=versions,
    found=found,
    absent=absent,
    places=lambda wanted, mac: ("~/.homebrew",),
    removal=removal,
    fit=fitted,
    moved_by={
        "homebrew.formula.*.version": (ITSELF,),
        "homebrew.formula.*.linked": (ITSELF,),
        "homebrew.formula.*.tap": (ITSELF,),
        "homebrew.trust.*": ("homebrew",),
    },
    applies=runtimes.brewed,
)
