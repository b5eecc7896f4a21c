"""`mirror build`: everything a lab's Macs fetch, into one folder; the manifest last, and only when all is there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from carbon_fleet.mirror import disk, oci
from carbon_fleet.mirror.brew import Shop
from carbon_fleet.mirror.depot import Depot
from carbon_fleet.mirror.manifest import Kind, Manifest
from carbon_fleet.mirror.shelf import Shelf
from carbon_fleet.mirror.trouble import MirrorTrouble
from carbon_fleet.mirror.wants import Wants
from carbon_fleet.mirror.web import Web
from carbon_fleet.spec import mirror as at
from carbon_fleet.store.carry import Say


@dataclass
class Build:
    """One build: `failures` are pieces that could not be had, by name, each with what was wrong."""

    lab: str
    wants: Wants
    depot: Depot
    web: Web
    tags: Sequence[str]
    say: Say
    failures: dict[str, str] = field(default_factory=dict)

    def run(self) -> Manifest | None:
        """The manifest, in force; None where something is lacking: then the one before stays."""
        shelf = Shelf(self.depot, left_out=dict(self.wants.left_out), packages=self.wants.packages)
        podman = self._homebrew(shelf)
        unknown = {None} if self.failures and not podman else set()  # it follows from podman's own version
        for image in sorted(self.wants.disks - unknown, key=str):
            self._piece(f"machine {image or 'of podman'}", partial(disk.disk, image, podman, self.web, shelf))
        for wanted, platform in sorted(self.wants.images):
            self._piece(f"image {wanted}", partial(oci.image, wanted, platform, self.web, shelf))
        for url, known in sorted(self.wants.files.items()):
            self._piece(url, partial(self._file, at.file(url), Kind.FILE, url, known, shelf))
        for sha256, url in sorted(self.wants.models.items()):
            self._piece(url, partial(self._file, at.model(sha256), Kind.MODEL, url, sha256, shelf))
        if self.failures:
            return None
        manifest = shelf.manifest(self.lab, tuple(self.tags))
        self.depot.write(manifest)
        return manifest

    def _homebrew(self, shelf: Shelf) -> str:
        """Homebrew's part; the version of podman that it installs."""
        if not self.wants.formulae:
            return ""
        shop, found = Shop(self.web, shelf, self.tags), list[str]()
        self._piece("Homebrew's lists", shop.lists)
        for tap in sorted(self.wants.taps):
            self._piece(f"tap {tap}", partial(shop.tap, tap, self.wants.tap_urls.get(tap, ())))
        self._piece("Homebrew itself", shop.brew)
        if not self.failures:
            self._piece("bottles", lambda: found.append(shop.bottles(self.wants.formulae)))
        return found[0] if found else ""

    def _file(self, path: str, kind: Kind, url: str, sha256: str | None, shelf: Shelf) -> None:
        shelf.add(path, kind, self.web.keep(url, sha256), url)

    def _piece(self, name: str, work: Callable[[], None]) -> None:
        """One piece; where it cannot be had, the others still are, and need not be fetched again."""
        self.say(name)
        try:
            work()
        except MirrorTrouble as error:
            self.failures[name] = str(error)
