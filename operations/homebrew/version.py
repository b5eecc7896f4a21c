"""Versions that brew cannot reach: it installs what is on offer, and never goes back."""

import re

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from carbon_fleet.plan import Refusal
from carbon_fleet.spec import VersionBound
from operations.homebrew.install import address_of
from operations.homebrew.wish import short, tap_of

_CEILINGS = ("<", "<=", "==", "===", "~=")


def too_new(bound: VersionBound, version: str) -> bool:
    """Whether `version` is above what `bound` allows; of a version that is no number nothing is known."""
    if bound.allows(version):
        return False
    try:
        known = Version(re.sub(r"_[0-9]+$", "", version))
    except InvalidVersion:
        return False
    specifiers = SpecifierSet(f"=={bound}" if bound[0].isdigit() and "," not in bound else str(bound))
    broken = [each for each in specifiers if not each.contains(known, prereleases=True)]
    return any(each.operator in _CEILINGS and known >= Version(each.version.removesuffix(".*")) for each in broken)


def no_way_back(name: str, version: str, bound: VersionBound) -> Refusal:
    """Why a version above its bound is left as it is."""
    return Refusal(
        address_of(name),
        "FORMULA_TOO_NEW",
        f"{name} {version} is installed; the lab wants {bound}",
        "brew offers one version, the newest, and does not go back to an older one",
        f"widen the bound (`homebrew.formulae.{name}.version`), or keep an older one in a tap of your own: "
        f"`carbon-fleet lock LAB --tap {tap_of(name)} --into DIR {short(name)}`, if the lock has one that will do",
    )
