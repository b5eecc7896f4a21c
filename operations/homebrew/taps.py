"""Taps: cloned whole, and trusted by the login user."""

import re
from collections.abc import Iterator

from carbon_fleet.plan import Action, Attribute, Change, Finding, mac
from operations.homebrew.commands import Brew
from operations.homebrew.seen import HomebrewSeen, TapSeen
from operations.homebrew.wish import Homebrew

_SSH = re.compile(r"^(?:ssh://)?git@([^:/]+)[:/]")


def tap_differences(wanted: Homebrew, seen: HomebrewSeen, brew: Brew) -> Iterator[Finding]:
    """For each wished tap: missing or cut off → cloned; not trusted → trusted, where this Homebrew knows trust."""
    for tap in dict.fromkeys(name.lower() for name in wanted.taps):
        found = seen.taps.get(tap)
        if found is None or not found.complete:
            yield _tapped(tap, found, seen, brew)
        if seen.trusts and not tap.startswith("homebrew/") and not trusts(seen, tap, found):
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
    owner, _, name = tap.partition("/")
    # brew would say that it is tapped already, and untap would uninstall what came from it before.
    clone = mac(
        "rm", "-rf", f"{seen.repository}/Library/Taps/{owner}/homebrew-{name}", says=f"remove the rest of {tap}"
    )
    return Change(
        f"homebrew.tap.{tap}",
        Action.UPDATE,
        (Attribute("cloned", "in part", "whole"),),
        "its clone holds no formula: it was cut off before its end",
        (clone, brew.tap(tap)),
    )


def trusts(seen: HomebrewSeen, tap: str, found: TapSeen | None) -> bool:
    """Whether the login user trusts a tap, as its clone stands."""
    # As brew's tap.rb: a tap cloned from elsewhere is trusted by its address only. A clone to come is the usual one.
    usual = _address(f"https://github.com/{tap.replace('/', '/homebrew-')}")
    remote = _address(found.remote) if found and found.complete and found.remote else usual
    return (remote == usual and tap in seen.trusted) or remote in {_address(entry) for entry in seen.trusted}


def _address(url: str) -> str:
    return _SSH.sub(r"https://\1/", url.strip().lower()).rstrip("/").removesuffix(".git")
