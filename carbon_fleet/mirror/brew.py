"""Homebrew's part of a mirror: its lists, the taps, and each bottle that what is wished stands on."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from carbon_fleet.mirror import described, formulae, tapfile
from carbon_fleet.mirror.formulae import CORE, Formula
from carbon_fleet.mirror.manifest import Kind
from carbon_fleet.mirror.repository import Repository
from carbon_fleet.mirror.shelf import Shelf
from carbon_fleet.mirror.trouble import MirrorTrouble
from carbon_fleet.mirror.web import Web
from carbon_fleet.spec import mirror as at

DOMAIN = "https://formulae.brew.sh/api"
LISTS = "formula.jws.json"
"""The list that is read here; Homebrew before 5 uses it, too."""
MORE = ("cask.jws.json", "formula_tap_migrations.jws.json", "cask_tap_migrations.jws.json")
"""Lists of older versions of Homebrew, where they are still offered."""
RUBY = "Library/Homebrew/vendor/portable-ruby-arm64-darwin"


@dataclass
class Shop:
    """Homebrew's things on their way to the shelf, for the macOS versions `tags`."""

    web: Web
    shelf: Shelf
    tags: Sequence[str]
    core: Mapping[str, Formula] = field(default_factory=dict)
    taps: dict[str, dict[str, str]] = field(default_factory=dict)
    """Tap → formula → its text: only those that are wanted need be understood."""
    packages: dict[str, bytes] = field(default_factory=dict)
    """The lists that newer versions of Homebrew read, by macOS."""

    def lists(self) -> None:
        """The API's lists, kept as they are. Raises `MirrorTrouble`."""
        self.core = formulae.core(self._list(LISTS))
        for tag in self.tags:
            self.packages[tag] = self._list(f"internal/packages.{tag}.jws.json")
        for name in MORE:
            try:
                self._list(name)
            except MirrorTrouble as error:
                if "404" not in str(error):
                    raise

    def _list(self, name: str) -> bytes:
        url = f"{DOMAIN}/{name}"
        sha256 = self.web.keep(url, None)
        self.shelf.add(f"{at.API}/{name}", Kind.API, sha256, url, "application/json")
        return self.shelf.depot.path(sha256).read_bytes()

    def tap(self, tap: str, urls: Collection[str] = ()) -> None:
        """A tap, its bottles said to be where brew can be told to ask the mirror. Raises `MirrorTrouble`.

        `urls` are the addresses Macs have it from, where that is not GitHub.
        """
        if len(urls) > 1:
            what = f"Macs of this lab have {tap} from several places ({', '.join(sorted(urls))})"
            raise MirrorTrouble(f"{what}, and a mirror has it from one: say the same in each `homebrew.tap_urls`")
        repository = self._repository(at.repository(tap), next(iter(urls), None))
        repository.update(lambda _path, text: tapfile.registered(tap, text))
        repository.shelve(self.shelf)
        self.taps[tap] = {}
        for path, text in repository.files(".rb", "refs/upstream/head").items():
            short = path.rpartition("/")[2].removesuffix(".rb")
            if re.search(r"^class \w+ < Formula", text, re.M):
                self.taps[tap][short] = text

    def brew(self) -> None:
        """Homebrew's own repository, and the Ruby it brings, which it fetches like a bottle. Raises `MirrorTrouble`."""
        repository = self._repository(at.BREW)
        repository.update()
        repository.shelve(self.shelf)
        text = repository.files(RUBY).get(RUBY, "")
        if ruby := re.search(r"^ruby_SHA=([0-9a-f]{64})$", text, re.M):
            self._blob("https://ghcr.io/v2/homebrew/core", "portable-ruby", ruby[1])

    def bottles(self, names: Iterable[str]) -> str:
        """The bottles of these formulae and of all they run on; the version of podman among them, or nothing.

        Raises `MirrorTrouble`.
        """
        podman = ""
        for tag in self.tags:
            for formula in self._closure(names, tag).values():
                self._bottle(formula, tag)
                podman = formula.version if formula.full_name == "podman" else podman
        return podman

    def _repository(self, name: str, url: str | None = None) -> Repository:
        url = self.web.place(url or f"https://github.com/{name}")
        return Repository(self.shelf.depot.git / f"{name}.git", url, name)

    def _closure(self, names: Iterable[str], tag: str) -> dict[str, Formula]:
        found: dict[str, Formula] = {}
        waiting = [(name, "") for name in sorted(names)]
        while waiting:
            name, tap = waiting.pop()
            formula = self._named(name, tap)
            if formula.full_name not in found:
                found[formula.full_name] = formula
                waiting += [(need, formula.tap) for need in formula.needed(tag)]
        return dict(sorted(found.items()))

    def _named(self, name: str, tap: str) -> Formula:
        """The formula a name means, as brew finds it: by its full name, in the tap of what needs it, in its own."""
        owner, _, short = name.rpartition("/")
        for place in (owner.lower(), tap) if owner or tap else ():
            if text := self.taps.get(place, {}).get(short):
                return tapfile.formula(place, short, text)
        if owner in ("", CORE) and (formula := self.core.get(short)):
            return formula
        taps = ", ".join(sorted(self.taps)) or "none"
        raise MirrorTrouble(f"there is no formula {name}, neither Homebrew's own nor in a tap of the lab ({taps})")

    def _bottle(self, formula: Formula, tag: str) -> None:
        poured, sha256 = formula.bottle(tag)
        if formula.tap == CORE and sha256.encode() not in self.packages[tag]:
            what = f"Homebrew's lists disagree on the bottle of {formula.name} {formula.version}"
            raise MirrorTrouble(f"{what}: they were made at different times; run this again in some minutes")
        registry = formula.root.removeprefix(tapfile.REGISTRY)
        if registry != formula.root:
            self._blob(formula.root, formula.image, sha256)
            name = f"{registry}/{formula.image}"
            url = f"{formula.root}/{formula.image}/manifests/{formula.image_tag}"
            told = self.web.keep(url, None, name=name, accept=described.INDEX)
            if sha256.encode() not in self.shelf.depot.path(told).read_bytes():
                what = f"{url} says nothing of the bottle {sha256[:12]} that Homebrew's list names for {poured}"
                raise MirrorTrouble(f"{what}: it was made anew meanwhile; run this again")
            self.shelf.add(f"/v2/{name}/manifests/{formula.image_tag}", Kind.BOTTLE, told, url, described.INDEX)
        else:
            self._elsewhere(formula, poured, sha256)

    def _blob(self, root: str, image: str, sha256: str) -> None:
        name = f"{root.removeprefix(tapfile.REGISTRY)}/{image}"
        url = f"{root}/{image}/blobs/sha256:{sha256}"
        self.web.keep(url, sha256, name=name)
        self.shelf.add(f"/v2/{name}/blobs/sha256:{sha256}", Kind.BOTTLE, sha256, url)

    def _elsewhere(self, formula: Formula, poured: str, sha256: str) -> None:
        """A bottle that lies in no registry, answered as if it did: with what `brew bottle` would upload."""
        url = f"{formula.root}/{formula.file(poured)}"
        self.web.keep(url, sha256)
        root, depot = f"/v2/{formula.tap}/{formula.image}", self.shelf.depot
        self.shelf.add(f"{root}/blobs/sha256:{sha256}", Kind.BOTTLE, sha256, url)
        manifest = described.manifest(sha256, depot.path(sha256).stat().st_size)
        digest = self.shelf.depot.put(manifest)
        self.shelf.add(f"{root}/manifests/sha256:{digest}", Kind.BOTTLE, digest, url, described.MANIFEST)
        path = f"{root}/manifests/{formula.image_tag}"
        known = self.shelf.entries.get(path)
        others = described.others(depot.path(known.sha256).read_bytes(), sha256) if known else []
        one = described.bottle(formula, poured, depot.path(sha256), manifest)
        self.shelf.put(path, Kind.BOTTLE, described.index([*others, one]), url, described.INDEX)
