"""What the Macs of a lab fetch when they are made what it says. Pure: from the lab file alone."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from carbon_fleet import assets
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.spec.references import Reference
from carbon_fleet.spec.runtime import RUNTIMES
from operations.homebrew import Homebrew, fitted
from operations.image.elsewhere import references
from operations.image.recipe import Recipe, recipes
from operations.image.wish import Images
from operations.machine import Machine
from operations.model.checks import needed
from operations.model.wish import Models

_INSTALL = re.compile(r"apt-get install ([^&;|\n]*)")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*==[^\s;\\]+)", re.M)
PLATFORM = "linux/arm64"
PACKAGES = (
    "its build fetches packages of Debian or PyPI, which are not in the mirror: build it elsewhere, push it "
    "(`carbon-fleet images push`), and bring it in by `pull`"
)


@dataclass
class Wants:
    """All of them, each once. `files` is address → sha256 where that is known, `models` sha256 → address.

    `tap_urls` are addresses of taps that are not on GitHub; `packages` what an image that is left out is built of.
    """

    formulae: set[str] = field(default_factory=set)
    taps: set[str] = field(default_factory=set)
    tap_urls: dict[str, set[str]] = field(default_factory=dict)
    disks: set[str | None] = field(default_factory=set)
    images: set[tuple[Reference, str]] = field(default_factory=set)
    files: dict[str, str | None] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    packages: dict[str, tuple[str, ...]] = field(default_factory=dict)


def wants(lab: Lab) -> Wants:
    """What all Macs of the lab fetch together."""
    return of(lab.macs.values())


def of(macs: Iterable[Mac]) -> Wants:
    """What these Macs fetch together."""
    found = Wants()
    for mac in macs:
        if not mac.linux:
            _homebrew(mac, found)
            found.disks.add(mac.section("machine", Machine).image)
        found.images |= {(one, mac.platform or PLATFORM) for one in references(mac)}
        _builds(mac, found)
        for name, model in needed(mac.section("models", Models), mac, *RUNTIMES):
            if model.local:
                found.left_out[f"model {name}"] = "it is a file here: carbon-fleet sends it to the Macs"
            else:
                found.models[model.sha256] = model.url
    return found


def _homebrew(mac: Mac, found: Wants) -> None:
    wish = fitted(mac.section("homebrew", Homebrew), mac)
    found.formulae |= set(wish.wished)
    found.taps |= {tap.lower() for tap in wish.taps}
    for tap, url in wish.tap_urls.items():
        found.tap_urls.setdefault(tap.lower(), set()).add(url)
    for cask in wish.casks:
        why = "casks come from their makers' own servers, which Homebrew asks whatever mirror it is told"
        found.left_out[f"cask {cask}"] = f"{why}: install it by hand, or let the Mac reach them"


def _builds(mac: Mac, found: Wants) -> None:
    if mac.builder is not None:
        return
    images = mac.section("images", Images)
    for recipe in recipes(mac):
        if images.of(recipe.name).pull is None:
            found.files |= dict(_files(recipe))
            found.left_out[f"image {recipe.name}"] = PACKAGES
            found.packages[f"image {recipe.name}"] = packages(recipe.name)


def _files(recipe: Recipe) -> Iterator[tuple[str, str | None]]:
    args = dict(recipe.args)
    for name, value in args.items():
        if name.endswith("_URL") and value.startswith(("http://", "https://")):
            yield value, _sums(recipe.name).get(args.get(name.removesuffix("URL") + "VERSION", ""))


def packages(image: str) -> tuple[str, ...]:
    """What the build of an image of ours fetches of Debian and PyPI, as its files name it; they bring more along."""
    texts = {entry.path: entry.content.decode(errors="replace") for entry in assets.tree(f"images/{image}")}
    lines = texts.get("Containerfile", "").replace("\\\n", " ")
    installs = [words for each in _INSTALL.findall(lines) for words in each.split()]
    debian = {f"debian:{word}" for word in installs if _PACKAGE.fullmatch(word)}
    pinned = {f"pypi:{name}" for path, text in texts.items() if path.endswith(".txt") for name in _PINNED.findall(text)}
    return tuple(sorted(debian | pinned))


def _sums(image: str) -> dict[str, str]:
    """The checksums an image's build knows: version → sha256."""
    lines = [entry.content.decode() for entry in assets.tree(f"images/{image}") if entry.path == "SHA256SUMS"]
    pairs = [line.split() for text in lines for line in text.splitlines()]
    return {words[1]: words[0] for words in pairs if len(words) == 2}
