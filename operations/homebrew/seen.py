"""Homebrew as its prefix shows it: kegs, links, receipts, taps, and the login user's trust."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class Receipt:
    """What brew wrote down when it installed a keg: whence, whether asked for by name, and what it needs to run.

    `time` (seconds since 1970, by the Mac's clock) is when it did, `by` its own version then. `commit` is its tap's
    then, `bottle` the sha256 of what was poured (of brew's own bill of materials, else of the bottle in its cache);
    empty: not told. `poured` is False for what was built there.
    """

    tap: str | None = None
    on_request: bool | None = None
    needs: tuple[str, ...] = ()
    time: int | None = None
    by: str = ""
    commit: str = ""
    bottle: str = ""
    poured: bool | None = None


@dataclass(frozen=True)
class FormulaSeen:
    """One formula's kegs: version → receipt, None where an installation did not come to its end.

    `linked` is the version in the prefix's bin and lib, `opt` the one other kegs find it by.
    """

    kegs: Mapping[str, Receipt | None] = field(default_factory=dict)
    linked: str | None = None
    opt: str | None = None
    keg_only: bool = False
    pinned: bool = False

    @property
    def latest(self) -> str:
        """The highest version there is; empty when there is none."""
        return max(self.kegs, key=order, default="")

    @property
    def version(self) -> str:
        """The version in use: the linked one, else the one in opt, else the highest."""
        return next((version for version in (self.linked, self.opt) if version in self.kegs and version), self.latest)

    @property
    def receipt(self) -> Receipt | None:
        """The receipt of the version in use."""
        return self.kegs.get(self.version)

    def foreign(self, tap: str) -> str | None:
        """The tap of a keg that is not `tap`'s ("no tap" for one that was made by hand); None when all are."""
        receipts = (receipt for receipt in self.kegs.values() if receipt)
        taps = (receipt.tap.lower() if receipt.tap else "no tap" for receipt in receipts)
        return next((other for other in sorted(taps) if other != tap), None)

    @property
    def whole(self) -> bool:
        """Whether every keg has its receipt: brew takes one without for installed, and never mends it."""
        return all(receipt is not None for receipt in self.kegs.values())


@dataclass(frozen=True)
class TapSeen:
    """A tap's clone: whether it has come to its end, and the address it was cloned from if it says so."""

    complete: bool = True
    remote: str | None = None


@dataclass(frozen=True)
class HomebrewSeen:
    """Homebrew on one Mac. `other` is a Homebrew elsewhere; `trusts`: whether this one has `brew trust` (6.0 on).

    `formulae` has every installed one by its short name, receipts and links only of those that were asked for;
    `aliases` are former names; `casks` token → versions; `trusted` the trust store's taps in small letters, and
    `trusted_alone` its single formulae by full name. `apps` are casks whose application is there, whoever brought it;
    `brought` are formulae whose program its maker's own installer put elsewhere.
    """

    present: bool = True
    other: str | None = None
    version: str = ""
    trusts: bool = True
    writable: bool = True
    repository: str = "/opt/homebrew"
    taps: Mapping[str, TapSeen] = field(default_factory=dict)
    trusted: frozenset[str] = frozenset()
    trusted_alone: frozenset[str] = frozenset()
    formulae: Mapping[str, FormulaSeen] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    casks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    apps: frozenset[str] = frozenset()
    brought: frozenset[str] = frozenset()

    def formula(self, name: str) -> FormulaSeen:
        """The formula of this short name; one without kegs when it is not installed."""
        return self.formulae.get(name, FormulaSeen())

    def has(self, cask: str) -> bool:
        """Whether there is nothing to install: brew has the cask, or somebody brought its application."""
        return bool(self.casks.get(cask)) or cask in self.apps


def order(version: str) -> tuple[int, ...]:
    """A key that sorts versions as brew does for all that our formulae are versioned by: numbers, rebuild last."""
    return tuple(int(number) for number in _NUMBER.findall(version))
