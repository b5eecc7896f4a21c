"""Taps: cloned whole, from the lab's mirror or where the lab file says, and trusted by the login user."""

import re
from collections.abc import Iterator

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, World, applied, mac
from operations.homebrew.commands import Brew, at_most
from operations.homebrew.seen import HomebrewSeen, TapSeen
from operations.homebrew.wish import Homebrew

_SSH = re.compile(r"^(?:ssh://)?git@([^:/]+)[:/]")


def tap_differences(wanted: Homebrew, seen: HomebrewSeen, brew: Brew, world: World) -> Iterator[Finding]:
    """For each wished tap: missing or cut off → cloned; not trusted → trusted, where this Homebrew knows trust."""
    for tap in dict.fromkeys(name.lower() for name in wanted.taps):
        found, remote = seen.taps.get(tap), brew.remote(tap)
        if found is None or not found.complete:
            yield _tapped(tap, found, seen, brew)
        elif _elsewhere(found, remote):
            yield _moved(tap, found, seen, brew)
        elif remote is None and _led_away(tap, found, world):
            remote = usual(tap)
            yield _back(tap, found, seen, brew)
        if seen.trusts and not tap.startswith("homebrew/") and not trusts(seen, tap, found, remote):
            yield Change(
                f"homebrew.trust.{tap}",
                Action.UPDATE,
                (Attribute("trusted", False, True),),
                "Homebrew 6 and later load nothing from a tap its user does not trust; trust in one formula leaves out "
                "what that formula needs",
                (brew("trust", tap),),
            )


def _tapped(tap: str, found: TapSeen | None, seen: HomebrewSeen, brew: Brew) -> Change:
    if found is None:
        attributes = (Attribute("tapped", False, True),)
        return Change(f"homebrew.tap.{tap}", Action.CREATE, attributes, "formulae come from it", (brew.tap(tap),))
    return Change(
        f"homebrew.tap.{tap}",
        Action.UPDATE,
        (Attribute("cloned", "in part", "whole"),),
        "its clone holds no formula: it was cut off before its end",
        _again(tap, seen, brew),
    )


def _again(tap: str, seen: HomebrewSeen, brew: Brew) -> tuple[Command, ...]:
    """brew would say that it is tapped already, and untap would uninstall what came from it before."""
    owner, _, name = tap.partition("/")
    folder = f"{seen.repository}/Library/Taps/{owner}/homebrew-{name}"
    return mac("rm", "-rf", folder, says=f"remove the clone of {tap}"), brew.tap(tap)


def _elsewhere(found: TapSeen, remote: str | None) -> bool:
    return remote is not None and address(found.remote or "") != address(remote)


def _moved(tap: str, found: TapSeen, seen: HomebrewSeen, brew: Brew) -> Change:
    """Cloned anew: in another's history what is there may have no place."""
    attributes = (Attribute("remote", found.remote, brew.remote(tap)),)
    mirrored = "the lab's mirror is where its formulae come from: they name bottles the mirror has"
    reason = mirrored if brew.mirror else "the lab file says where it is (`homebrew.tap_urls`)"
    return Change(f"homebrew.tap.{tap}", Action.UPDATE, attributes, reason, _again(tap, seen, brew))


def _led_away(tap: str, found: TapSeen, world: World) -> bool:
    """Whether it stands where the lab file had it, which says nothing of it any more. Where others put it, it stays."""
    if found.remote is None or address(found.remote) == address(usual(tap)):
        return False
    return applied.was(f"homebrew.tap.{tap}", found.remote, world.snapshot)


def _back(tap: str, found: TapSeen, seen: HomebrewSeen, brew: Brew) -> Change:
    """Cloned anew from its usual place; the trust in its address goes while brew still knows that by the tap's name."""
    attributes = (Attribute("remote", found.remote, usual(tap)),)
    reason = "neither `mirror` nor `homebrew.tap_urls` leads it elsewhere any more"
    known = seen.trusts and address(found.remote or "") in {address(entry) for entry in seen.trusted}
    untrusted = (at_most(brew("untrust", tap)),) if known else ()
    commands = (*untrusted, *_again(tap, seen, brew))
    return Change(f"homebrew.tap.{tap}", Action.UPDATE, attributes, reason, commands)


def usual(tap: str) -> str:
    """Where brew clones a tap from when nobody says."""
    return f"https://github.com/{tap.replace('/', '/homebrew-')}"


def trusts(seen: HomebrewSeen, tap: str, found: TapSeen | None, wished: str | None = None) -> bool:
    """Whether the login user trusts a tap: as its clone stands, or as it will from the address that is `wished`."""
    # As brew's tap.rb: a tap cloned from elsewhere is trusted by its address only. A clone to come is the usual one.
    there = found.remote if found and found.complete and found.remote else usual(tap)
    remote = address(wished or there)
    return (remote == address(usual(tap)) and tap in seen.trusted) or remote in {
        address(entry) for entry in seen.trusted
    }


def address(url: str) -> str:
    """An address as brew compares those it trusts: without a way in, and whatever its case."""
    return _SSH.sub(r"https://\1/", url.strip().lower()).rstrip("/").removesuffix(".git")
