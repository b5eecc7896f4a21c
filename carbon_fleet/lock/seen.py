"""What one look told of a Mac's things. What could not be read, or is in a machine that does not run, is left out."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from carbon_fleet.lock.things import NONE, STACK, name_of
from carbon_fleet.plan import Resource
from carbon_fleet.plan.applied import MACOS, macos
from carbon_fleet.snapshot import Guest, Snapshot, Unreadable
from carbon_fleet.spec import Mac
from carbon_fleet.spec.locked import BUILT, UNTOLD
from operations import guest, homebrew, image, machine, model, preflight
from operations.homebrew.seen import FormulaSeen, HomebrewSeen, Receipt
from operations.homebrew.taps import trusts
from operations.homebrew.wish import Homebrew, fitted, short
from operations.image.foreign import found
from operations.image.recipe import REPOSITORY, recipes
from operations.image.seen import ImagesSeen
from operations.model.checks import needed
from operations.model.seen import ModelsSeen
from operations.model.wish import Models
from operations.stack.quadlet import units
from operations.stack.wish import Stacks

ROUNDS = ("0001-venus-round-blob-sizes-to-16-KiB", "in-package")
"""Labels of the layer's patches that stand for 16 KiB rounding: our patch, and that of the COPR's package."""


@dataclass(frozen=True)
class Seen:
    """The things by name, and of formulae the tap (with its commit where told) and the bottle they came from."""

    things: dict[str, str] = field(default_factory=dict)
    taps: dict[str, str] = field(default_factory=dict)
    bottles: dict[str, str] = field(default_factory=dict)

    @property
    def plain(self) -> dict[str, dict[str, str]]:
        """The same as plain JSON values: what the Report of a `verify` keeps."""
        return {name: dict(sorted(getattr(self, name).items())) for name in ("things", "taps", "bottles")}

    @classmethod
    def of_plain(cls, said: Any) -> "Seen | None":
        """What a Report kept; None where it kept no such thing."""
        with suppress(AttributeError, KeyError, TypeError):
            maps = [{str(key): str(value) for key, value in said[name].items()} for name in ("things", "taps")]
            more = {str(key): str(value) for key, value in said["bottles"].items()}
            return cls(maps[0], maps[1], more)
        return None


def seen_on(mac: Mac, snapshot: Snapshot) -> Seen:
    """What this look told."""
    brew = _observed(homebrew.RESOURCE, snapshot)
    formulae = _formulae(mac, brew) if brew is not None and brew.present else {}
    things = {
        **dict(_mac(snapshot)),
        **(_brewed(brew, formulae) if formulae else {}),
        **(dict(_inside(mac, snapshot)) if snapshot.guest is Guest.REACHED else {}),
    }
    receipts = {name: one.receipt for name, one in formulae.items() if one.receipt is not None}
    taps = {name: _from(receipt.tap, receipt.commit) for name, receipt in receipts.items() if receipt.tap}
    bottles = {name: receipt.bottle or _untold(receipt) for name, receipt in receipts.items()}
    return Seen(dict(sorted(things.items())), dict(sorted(taps.items())), dict(sorted(bottles.items())))


def _untold(receipt: Receipt) -> str:
    return BUILT if receipt.poured is False else UNTOLD


def _observed(resource: Resource[Any, Any], snapshot: Snapshot) -> Any:
    try:
        return resource.observe(snapshot)
    except Unreadable:
        return None


def _from(tap: str, commit: str) -> str:
    return f"{tap}@{commit}" if commit else tap


def _mac(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    seen, config = _observed(preflight.RESOURCE, snapshot), _observed(machine.RESOURCE, snapshot)
    if seen is not None and seen.chip:
        yield "chip", seen.chip
    if version := macos(snapshot).get(MACOS):
        yield "macos", version
    if config is not None:
        yield "provider", config.config.provider if config.config else NONE
        if config.image_digest:
            yield "machine-image", config.image_digest


def _formulae(mac: Mac, seen: HomebrewSeen) -> dict[str, FormulaSeen]:
    wished = map(short, fitted(mac.section("homebrew", Homebrew), mac).wished)
    return {name: seen.formula(name) for name in dict.fromkeys((*STACK, *wished))}


def _brewed(seen: HomebrewSeen, formulae: dict[str, FormulaSeen]) -> dict[str, str]:
    things = {name_of(name): one.version or NONE for name, one in formulae.items()}
    # Unlinked, it is in nobody's way.
    things["virglrenderer"] = formulae["virglrenderer"].linked or NONE
    if seen.version:
        things["homebrew"] = seen.version
    receipt = formulae["krunkit"].receipt
    if not formulae["krunkit"].kegs:
        things["tap"] = NONE
    elif receipt is not None and receipt.tap:
        tap = things["tap"] = receipt.tap.lower()
        things["trust"] = "yes" if not seen.trusts or trusts(seen, tap, seen.taps.get(tap)) else "no"
    return things


def _inside(mac: Mac, snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    if (seen := _observed(guest.RESOURCE, snapshot)) is not None:
        told = {"machine-os": seen.os, "kernel": seen.kernel, "machine-podman": seen.podman}
        yield from ((name, value) for name, value in told.items() if value)
    if (images := _observed(image.RESOURCE, snapshot)) is not None:
        yield from _images(mac, images)
    if (models := _observed(model.RESOURCE, snapshot)) is not None:
        yield from _models(mac, models)


def _images(mac: Mac, images: ImagesSeen) -> Iterator[tuple[str, str]]:
    """Ours by the digest of their inputs, or by that of what was pulled; others by their manifest's."""
    for recipe in recipes(mac):
        mine = next((one for one in images if recipe.tag in one.tags), None)
        pulled = recipe.pull.partition("@")[2] if recipe.pull else ""
        yield f"image.{recipe.name}", (pulled or mine.inputs or NONE) if mine else NONE
    for unit in units(mac.section("stacks", Stacks), mac):
        if not unit.image and not unit.container.image.startswith(REPOSITORY):
            one = found(unit.container.image, images)
            digest = next((each.partition("@")[2] for each in one.digests), one.id) if one else NONE
            yield f"image.{unit.container.image}", digest
    layer = next((one for one in images if any(tag.startswith(f"{REPOSITORY}venus:") for tag in one.tags)), None)
    if layer is not None and layer.mesa:
        yield "mesa", layer.mesa
        yield "mesa-rounding", "yes" if layer.patches.startswith(ROUNDS) else "no"


def _models(mac: Mac, store: ModelsSeen) -> Iterator[tuple[str, str]]:
    for name, wished in needed(mac.section("models", Models), mac):
        file = store.files.get(wished.sha256)
        yield f"model.{name}", wished.sha256 if file is not None and file.right else NONE
