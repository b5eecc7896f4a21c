"""A tap's formula as its text says it: what of its Ruby tells where its bottles are (docs.brew.sh/Bottles).

Read, not run. What cannot be told so is named, and the formula's bottle is checked by its sha256 all the same.
"""

import re

from carbon_fleet.mirror.formulae import Formula
from carbon_fleet.mirror.trouble import MirrorTrouble

REGISTRY = "https://ghcr.io/v2/"
"""The only downloads brew takes from HOMEBREW_ARTIFACT_DOMAIN instead."""
_BLOCK = re.compile(r"^([ \t]*)bottle do\n(.*?)^\1end$", re.M | re.S)
_ROOT = re.compile(r'^([ \t]*)root_url[ \t]+["\']([^"\']+)["\'].*$', re.M)
_SUM = re.compile(r'^[ \t]*sha256[ \t]+(?:cellar:[ \t]*[^,]+,[ \t]*)?([a-z0-9_]+):[ \t]*["\']([0-9a-f]{64})["\']', re.M)
_LINUX = re.compile(r"^([ \t]*)on_linux do\n.*?^\1end$", re.M | re.S)
_NEEDS = re.compile(r'^[ \t]*depends_on[ \t]+["\']([^"\']+)["\'](.*)$', re.M)
_SUFFIX = re.compile(r"(\.tar)?\.(gz|xz|bz2|zst|tgz|zip|tar)$")


def formula(tap: str, name: str, text: str) -> Formula:
    """The formula `name` of a tap by the text of its file. Raises `MirrorTrouble`."""
    block = _BLOCK.search(text)
    inside = block[2] if block else ""
    root = _ROOT.search(inside)
    return Formula(
        tap,
        name,
        _version(tap, name, _BLOCK.sub("", text)),
        int(_said(r"^[ \t]*rebuild[ \t]+([0-9]+)", inside) or 0),
        (root[2] if root else f"{REGISTRY}{tap}").rstrip("/"),
        dict(_SUM.findall(inside)),
        tuple(need for need, rest in _NEEDS.findall(_LINUX.sub("", text)) if not re.search(":(build|test)", rest)),
    )


def registered(tap: str, text: str) -> str:
    """The text with its bottles said to be in the registry, where brew can be told to ask the mirror instead."""

    def moved(block: re.Match[str]) -> str:
        root = _ROOT.search(block[0])
        if root is None or root[2].startswith(REGISTRY):
            return block[0]
        return _ROOT.sub(f'\\1root_url "{REGISTRY}{tap}"', block[0])

    return _BLOCK.sub(moved, text)


def rooted(tap: str, text: str) -> str:
    """The text with its bottles' place said, where only the tap it is in says it: for a tap of another name."""

    def said(block: re.Match[str]) -> str:
        if _ROOT.search(block[0]):
            return block[0]
        return block[0].replace("bottle do\n", f'bottle do\n{block[1]}  root_url "{REGISTRY}{tap}"\n', 1)

    return _BLOCK.sub(said, text)


def _said(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text, re.M)
    return found[1] if found else None


def _version(tap: str, name: str, text: str) -> str:
    version = _said(r'^[ \t]*version[ \t]+["\']([^"\']+)["\']', text) or _of_address(text)
    revision = _said(r"^[ \t]*revision[ \t]+([1-9][0-9]*)", text)
    if version is None:
        raise MirrorTrouble(f"{tap}/{name}: its version cannot be told from its file")
    return f"{version}_{revision}" if revision else version


def _of_address(text: str) -> str | None:
    """The version in the name of the source's file, as brew finds it there: `v1.2.tar.gz`, `name-1.2.tar.gz`."""
    address = _said(r'^[ \t]*url[ \t]+["\']([^"\']+)["\']', text)
    tag = _said(r'tag:[ \t]*["\']v?([0-9][^"\']*)["\']', text)
    if tag or address is None:
        return tag
    stem = _SUFFIX.sub("", address.partition("?")[0].rpartition("/")[2])
    found = re.search(r"(?:^|-)v?([0-9][A-Za-z0-9.+_-]*)$", stem) or re.search(r"v?([0-9][A-Za-z0-9.+]*)$", stem)
    return found[1] if found else None
