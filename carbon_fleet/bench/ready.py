"""What a benchmark needs of a Mac, seen in one probe: its machine, the image, and which paths there are."""

from dataclasses import dataclass

from carbon_fleet.bench.paths import Path
from carbon_fleet.bench.trouble import CannotMeasure
from carbon_fleet.plan import World
from carbon_fleet.snapshot import Guest, Hop, Unreadable
from operations.homebrew import RESOURCE as HOMEBREW
from operations.homebrew.wish import short
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
    """A Mac that can be measured: the way into its machine, the image, its processors; why Metal is left out, if so."""

    hop: Hop
    image: str
    cpus: int
    memory: int
    no_metal: str

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths there are without asking more."""
        return (Path.CPU, Path.VENUS, *(() if self.no_metal else (Path.METAL,)))

    def must_hold(self, model_bytes: int) -> None:
        """Raise `CannotMeasure` when the model is too large for the machine."""
        if model_bytes > ROOM * self.memory:
            what = f"the model has {model_bytes >> 20} MiB, the machine {self.memory >> 20} MiB of memory"
            raise CannotMeasure("MODEL_TOO_LARGE", what, "enlarge `machine.memory`, or name a smaller model")


def ready(world: World) -> Ready:
    """What a look says; raises `CannotMeasure` with the way out."""
    recipe = recipe_of(IMAGE, world.mac)
    if recipe is None:
        what = f"the lab file wishes no image `{IMAGE}` on this Mac"
        raise CannotMeasure("NO_BENCH_WISHED", what, f"write `images: {{{IMAGE}: {{}}}}` for it, then {APPLY}")
    hop = _way_in(world)
    if not _has(world, recipe.tag):
        raise CannotMeasure("BENCH_IMAGE_ABSENT", f"the image {recipe.tag} is not in the machine", APPLY)
    machine = world.mac.section("machine", Machine)
    return Ready(hop, recipe.tag, machine.cpus, int(machine.memory), _no_metal(world))


def _way_in(world: World) -> Hop:
    snapshot = world.snapshot
    if snapshot.guest is Guest.REACHED and snapshot.hop is not None:
        return snapshot.hop
    what = f"the Podman machine is {snapshot.guest.value}"
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
