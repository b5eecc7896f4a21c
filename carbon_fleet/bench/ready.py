"""What a benchmark needs of a host, seen in one probe: where containers run, the image, and which paths there are."""

from collections.abc import Mapping
from dataclasses import dataclass

from carbon_fleet.bench.paths import Path
from carbon_fleet.bench.trouble import CannotMeasure
from carbon_fleet.plan import World
from carbon_fleet.snapshot import Guest, Unreadable
from operations.homebrew import RESOURCE as HOMEBREW
from operations.homebrew.wish import Homebrew, short
from operations.image import RESOURCE as IMAGES
from operations.image.recipe import recipe_of
from operations.machine.wish import Machine

IMAGE = "llama"
FORMULA = "llama.cpp"
APPLY = "`carbon-fleet apply LAB`, then run again"
ROOM = 0.8
"""The part of the machine's memory a model may take: contexts and the system need the rest."""


@dataclass(frozen=True)
class Ready:
    """A host that can be measured: the image, processors and memory (bytes) of where containers run, what computes.

    `paths` are those it has, `absent` says why one is left out. `prefix` is Homebrew's, `gpus` are nvidia-smi's names:
    each empty where the host has none.
    """

    image: str
    cpus: int
    memory: int
    paths: tuple[Path, ...]
    absent: Mapping[Path, str]
    prefix: str = ""
    gpus: tuple[str, ...] = ()

    def must_hold(self, model_bytes: int) -> None:
        """Raise `CannotMeasure` when the model is too large for where containers run."""
        if model_bytes > ROOM * self.memory:
            whose, more = ("machine", "enlarge `machine.memory`, or name") if self.prefix else ("host", "name")
            what = f"the model has {model_bytes >> 20} MiB, the {whose} {self.memory >> 20} MiB of memory"
            raise CannotMeasure("MODEL_TOO_LARGE", what, f"{more} a smaller model")


def ready(world: World) -> Ready:
    """What a look at a Mac says; raises `CannotMeasure` with the way out."""
    image = image_of(world)
    machine, no_metal = world.mac.section("machine", Machine), _no_metal(world)
    absent = {Path.METAL: no_metal} if no_metal else {}
    paths = tuple(path for path in (Path.CPU, Path.VENUS, Path.METAL) if path not in absent)
    prefix = str(world.mac.section("homebrew", Homebrew).prefix)
    return Ready(image, machine.cpus, int(machine.memory), paths, absent, prefix)


def image_of(world: World) -> str:
    """The reference of the image that is measured with, where it is wished and there; raises `CannotMeasure`."""
    recipe = recipe_of(IMAGE, world.mac)
    if recipe is None:
        what = f"the lab file wishes no image `{IMAGE}` on this {'host' if world.mac.linux else 'Mac'}"
        raise CannotMeasure("NO_BENCH_WISHED", what, f"write `images: {{{IMAGE}: {{}}}}` for it, then {APPLY}")
    _must_be_reached(world)
    if not _has(world, recipe.tag):
        where = "on this host" if world.mac.linux else "in the machine"
        raise CannotMeasure("BENCH_IMAGE_ABSENT", f"the image {recipe.tag} is not {where}", APPLY)
    return recipe.tag


def _must_be_reached(world: World) -> None:
    snapshot = world.snapshot
    if snapshot.guest is Guest.REACHED and snapshot.hop is not None:
        return
    whose = "root of this host" if world.mac.linux else "the Podman machine"
    what = f"{whose} is {snapshot.guest.value}"
    detail = f": {snapshot.guest_detail}" if snapshot.guest_detail else ""
    raise CannotMeasure(snapshot.guest.code, what + detail, APPLY)


def _has(world: World, tag: str) -> bool:
    try:
        return any(tag in image.tags for image in IMAGES.observe(world.snapshot))
    except Unreadable as unreadable:
        raise CannotMeasure(
            "IMAGE_UNREADABLE", str(unreadable), "`carbon-fleet probe LAB MAC` shows it"
        ) from unreadable


def _no_metal(world: World) -> str:
    """Why llama.cpp cannot be measured on the Mac itself; empty when it can."""
    if FORMULA not in [short(name) for name in HOMEBREW.wish(world.mac).wished]:
        return f"`{FORMULA}` is not among `homebrew.formulae` of the lab file"
    try:
        linked = HOMEBREW.observe(world.snapshot).formula(FORMULA).linked
    except Unreadable as unreadable:
        return str(unreadable)
    return "" if linked else f"Homebrew's {FORMULA} is not installed: {APPLY}"
