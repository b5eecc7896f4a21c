"""From an image's inputs to its address: the digest of everything that goes in is its label, and its start is the tag.

So whether an image is current is one comparison, and a changed input never reuses an old tag.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from carbon_fleet.assets import Entry
from carbon_fleet.spec import Mac
from carbon_fleet.spec.runtime import RUNTIMES, RuntimeName
from operations import runtimes
from operations.image import catalogue
from operations.image.wish import Image, Images

REPOSITORY = "localhost/carbon-fleet/"
"""Every image of ours is below it, and nothing else is."""
LABEL = "io.carbon-fleet.inputs"
"""The label that holds the whole inputs digest."""
_FORMAT = 1
_Pairs = tuple[tuple[str, str], ...]
_Settings = tuple[tuple[str, _Pairs], ...]
_Said = Mapping[str, _Pairs]


@dataclass(frozen=True)
class Recipe:
    """One image as a Mac needs it. `digest` is the sha256 (hex) of all inputs, `args` are the build's.

    One that is brought in has in `pull` its reference by digest, which is its only input.
    """

    name: str
    digest: str
    args: tuple[tuple[str, str], ...]
    pull: str | None = None

    @property
    def tag(self) -> str:
        """The image's whole reference: its repository and the first 16 digits of the digest."""
        return f"{REPOSITORY}{self.name}:{self.digest[:16]}"


def recipes(mac: Mac) -> tuple[Recipe, ...]:
    """The images a Mac's machine needs: those it lists, those its stacks use, and before each those it is made from.

    Where another Mac builds them, those they are made from are that one's alone.
    """
    known = named(mac)
    ordered = recipes_on(mac, *runtimes.QUADLET)
    return ordered if mac.builder is None else tuple(recipe for recipe in ordered if recipe.name in known)


def recipes_on(mac: Mac, *on: RuntimeName) -> tuple[Recipe, ...]:
    """The images that these runtimes of a Mac need, and before each those it is made from, wherever they are built."""
    images, known = mac.section("images", Images), named(mac, *on)
    settings = tuple((name, _settings(image)) for name, image in sorted(images.root.items()))
    pulled = tuple((name, image.pull) for name, image in sorted(images.root.items()) if image.pull)
    return _ordered(known, settings, pulled, mac.accept_software_gpu, mac.linux)


def named(mac: Mac, *on: RuntimeName) -> tuple[str, ...]:
    """The names of the images a Mac's runtimes need (left out: its machine's), not of those they are made from.

    Those its stacks use; those it lists are of what runs the Mac's own stacks.
    """
    chosen = on or runtimes.QUADLET
    listed = mac.section("images", Images).root if mac.runtime in chosen else ()
    wanted = {*listed, *runtimes.stacks_on(mac, *chosen).images()}
    return tuple(name for name in sorted(wanted) if name in catalogue.names())


def recipe_of(name: str, mac: Mac) -> Recipe | None:
    """The recipe of the image `name` on this Mac; None when it is not an image of ours that the Mac needs."""
    known = named(mac, *RUNTIMES)
    return next((recipe for recipe in recipes_on(mac, *RUNTIMES) if recipe.name == name in known), None)


def _settings(image: Image) -> _Pairs:
    base = {"BASE": image.base} if image.base else {}
    return tuple(sorted({**image.args, **base}.items()))


@cache
def _ordered(
    wanted: tuple[str, ...], settings: _Settings, pulled: _Pairs, software: bool, linux: bool
) -> tuple[Recipe, ...]:
    done = {name: _brought(name, reference) for name, reference in pulled if name in wanted}
    for name in wanted:
        _cook(name, dict(settings), software, linux, done)
    return tuple(done.values())


def _brought(name: str, reference: str) -> Recipe:
    inputs = {"format": _FORMAT, "pull": reference}
    return Recipe(name, hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest(), (), reference)


def _cook(name: str, settings: _Said, software: bool, linux: bool, done: dict[str, Recipe]) -> Recipe:
    if name not in done:
        definition = catalogue.definition(name)
        bases = [_cook(base, settings, software, linux, done) for base in definition.made_of(linux)]
        args = {**definition.arguments(software=software, linux=linux), **dict(settings.get(name, ()))}
        given = {**args, **{catalogue.argument_of(base.name): base.tag for base in bases}}
        digest = _digest(catalogue.context(name), args, {base.name: base.digest for base in bases})
        done[name] = Recipe(name, digest, tuple(sorted(given.items())))
    return done[name]


def _digest(files: Iterable[Entry], args: Mapping[str, str], bases: Mapping[str, str]) -> str:
    listed = [[entry.path, entry.executable, hashlib.sha256(entry.content).hexdigest()] for entry in files]
    inputs = {"format": _FORMAT, "files": listed, "args": args, "bases": bases}
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


@cache
def context_tar(name: str) -> bytes:
    """The build context as a tar: sorted, owned by root, without times, so that equal inputs give equal bytes."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for entry in catalogue.context(name):
            info = tarfile.TarInfo(entry.path)
            info.size, info.mode = len(entry.content), 0o755 if entry.executable else 0o644
            archive.addfile(info, io.BytesIO(entry.content))
    return target.getvalue()
