"""Which versions stood behind a measurement: what can make a GPU slower though the Mac is the same."""

from collections.abc import Iterator, Mapping

from carbon_fleet.plan import World
from carbon_fleet.prove.baseline import UNKNOWN
from carbon_fleet.prove.document import Proof
from carbon_fleet.snapshot import Unreadable
from operations.homebrew import RESOURCE as HOMEBREW
from operations.image import RESOURCE as IMAGE
from operations.preflight import RESOURCE as PREFLIGHT
from operations.stack import RESOURCE as STACK
from operations.stack.quadlet import Unit

FORMULAE = ("podman", "krunkit", "libkrun", "libkrunfw", "virglrenderer-krun", "virglrenderer", "molten-vk", "gvproxy")


def chip_of(world: World) -> str:
    """The Mac's processor by its own name; `UNKNOWN` when the probe could not tell."""
    try:
        return PREFLIGHT.observe(world.snapshot).chip or UNKNOWN
    except Unreadable:
        return UNKNOWN


def versions_of(world: World, unit: Unit | None, proof: Proof) -> dict[str, str]:
    """Each tracked part by its name → its version. What could not be read is left out; `unit` None: no stack's."""
    found: dict[str, str] = {}
    for part in (_macos(world), _formulae(world), _image(world, unit) if unit else iter(()), _inside(proof)):
        try:
            found.update(part)
        except Unreadable:
            continue
    return found


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """The parts whose versions differ → (before, after); a part that came or went has "none" on one side."""
    names = sorted({*before, *after})
    pairs = {name: (before.get(name, "none"), after.get(name, "none")) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _macos(world: World) -> Iterator[tuple[str, str]]:
    yield "macOS", PREFLIGHT.observe(world.snapshot).macos


def _formulae(world: World) -> Iterator[tuple[str, str]]:
    seen = HOMEBREW.observe(world.snapshot)
    yield from ((name, seen.formula(name).version) for name in FORMULAE if seen.formula(name).version)


def _image(world: World, unit: Unit) -> Iterator[tuple[str, str]]:
    """The container's image: the digest of its inputs where it is ours, else its id."""
    container = STACK.observe(world.snapshot).containers.get(unit.container_name)
    if container is not None:
        ours = next((image for image in IMAGE.observe(world.snapshot) if image.id == container.image_id), None)
        yield f"image {unit.container.image}", (ours.inputs if ours else container.image_id)[:16]


def _inside(proof: Proof) -> Iterator[tuple[str, str]]:
    """What the container itself saw: the machine's kernel, the driver, and the program's own libraries."""
    if proof.venus:
        yield "Mesa", proof.venus.driver_info
    names = {"kernel": "machine's kernel", "wgpu": "wgpu", "numpy": "numpy"}
    yield from ((names[name], proof.versions[name]) for name in names if name in proof.versions)
