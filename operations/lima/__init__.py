"""An instance of Lima or Colima whose virtual machine runs by krunkit: adopted, which is to say looked at and proven.

It is never made, changed, started or removed: it is somebody's own. What it has to be for a GPU in its containers:
`vmType: krunkit` (Lima since 2.0, `website/content/en/docs/config/vmtype/krunkit.md`; Colima since 0.10,
`colima start --vm-type krunkit`), which neither changes for an instance that is there; then its guest has
/dev/dri/renderD128, which its driver's boot script opens to all users (`pkg/driver/krunkit/boot.Linux`).
"""

from collections.abc import Iterator, Mapping

from carbon_fleet.plan import Finding, Notice, Refusal, Resource, World
from carbon_fleet.snapshot.script import script_text
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.homebrew import Homebrew
from operations.image.recipe import recipe_of
from operations.lima.listing import COLIMA, Instance
from operations.lima.seen import LimaSeen, read
from operations.lima.wish import Lima, check, folder, kind

__all__ = ["RESOURCE", "Lima", "LimaSeen", "differences", "read"]
ADDRESS = "lima.instance"
CHECK_IMAGE = "vulkan-check"
PROGRAMS = {"lima": "limactl", COLIMA: "colima"}


def differences(wanted: Lima, seen: LimaSeen, world: World) -> Iterator[Finding]:
    """What stands against a GPU in its containers. There is no Change: it is its owner's."""
    name = kind(world.mac)
    if not seen.program:
        formula = name
        what, why = f"{PROGRAMS[name]} is not installed", f"the lab file says this Mac runs by `{name}`"
        yield Refusal(ADDRESS, "LIMA_MISSING", what, why, f"`brew install {formula}`, or write another `runtime`")
        return
    one = seen.instance
    if one is None:
        yield _absent(name, seen)
    elif seen.trouble:
        what, look = f"{PROGRAMS[name]} could not list its instances: {seen.trouble}", f"`{PROGRAMS[name]} list`"
        yield Refusal(ADDRESS, "LIMA_UNREADABLE", what, "its state is not known", f"look with {look} on the Mac")
    elif not one.gpu:
        yield _no_gpu(name, one)
    elif not one.running:
        yield _stopped(name, one)
    else:
        yield from _inside(name, one, seen)


def _absent(name: str, seen: LimaSeen) -> Refusal:
    known = ", ".join(one.name for one in seen.instances) or "none"
    what = f"{name} has no instance {seen.name}; it has {known}"
    remedy = f"write `lima: {{instance: NAME}}` with one of them, or make it: {_making(name, seen.name)}"
    return Refusal(ADDRESS, "LIMA_ABSENT", what, "an instance is adopted, never made", remedy)


def _making(name: str, instance: str) -> str:
    if name == COLIMA:
        return f"`colima start --profile {instance} --vm-type krunkit`"
    return f"`limactl start --vm-type=krunkit --name={instance}`"


def _no_gpu(name: str, one: Instance) -> Refusal:
    what = f"the instance {one.name} of {name} is of the type {one.kind or 'its own choice'}, whose guest has no GPU"
    why = "only `krunkit` gives one, and an instance keeps the type it was made with"
    making = _making(name, f"{one.name}-gpu")
    remedy = f"make one beside it, {making}, and write its name into `lima.instance`"
    return Refusal(ADDRESS, "LIMA_NO_GPU", what, why, remedy)


def _stopped(name: str, one: Instance) -> Refusal:
    what = f"the instance {one.name} of {name} does not run: it is {one.status or 'in no known state'}"
    start = f"colima start --profile {one.name}" if name == COLIMA else f"limactl start {one.name}"
    return Refusal(ADDRESS, "LIMA_STOPPED", what, "it is its owner's to start", f"on the Mac: `{start}`")


def _inside(name: str, one: Instance, seen: LimaSeen) -> Iterator[Finding]:
    if seen.render is None:
        what = f"the virtual machine of {one.name} could not be entered: {seen.closed or 'it told nothing'}"
        look = f"colima ssh --profile {one.name}" if name == COLIMA else f"limactl shell {one.name}"
        yield Refusal(ADDRESS, "LIMA_CLOSED", what, "whether it has the GPU is not known", f"look with `{look}`")
    elif not seen.render:
        what = f"the virtual machine of {one.name} has no /dev/dri/renderD128"
        why = "by krunkit it has one, where krunkit itself finds virglrenderer with Venus"
        stop = f"colima restart --profile {one.name}" if name == COLIMA else f"limactl restart {one.name}"
        yield Refusal(ADDRESS, "LIMA_NO_RENDER_NODE", what, why, f"update krunkit (1.2.1 or newer), then `{stop}`")
    elif not seen.engine:
        what = f"no container engine answers in {one.name}: neither docker, nerdctl nor podman"
        yield Notice(ADDRESS, "LIMA_NO_ENGINE", what, "nothing can be proven in it", "start one in it")


def asks(wanted: Lima, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/lima.sh`."""
    recipe = recipe_of(CHECK_IMAGE, mac)
    return {
        "CF_PREFIX": str(mac.section("homebrew", Homebrew).prefix),
        "CF_LIMA_KIND": kind(mac),
        "CF_LIMA_NAME": wanted.instance,
        "CF_LIMA_FOLDER": folder(wanted, mac),
        "CF_LIMA_IMAGE": recipe.tag if recipe else "",
        "CF_LIMA_DIGEST": recipe.digest if recipe else "",
        "CF_LIMA_INSIDE": script_text("lima/inside.sh"),
    }


RESOURCE: Resource[Lima, LimaSeen] = Resource(
    "lima", "lima", Lima, read, differences, asks=asks, check=check, applies=runtimes.adopted
)
