"""What a person would lose, or be interrupted in, when a machine is replaced or stopped."""

from carbon_fleet.plan import World
from carbon_fleet.snapshot import Guest
from operations.machine.seen import MachineSeen, State

KINDS = ("container", "volume", "image")


def lost(seen: MachineSeen, world: World) -> tuple[str, ...]:
    """Containers, volumes and images that are gone with the machine's disk."""
    held = _held(world)
    if held is None:
        running = seen.state is State.RUNNING
        why = "it could not be entered" if running else "the machine is not running"
        return (f"everything on the disk of the machine {seen.name}; what that is is unknown: {why}",)
    return held or (f"nothing: the machine {seen.name} has no containers, volumes or images",)


def interrupted(seen: MachineSeen, world: World) -> tuple[str, ...]:
    """What a stop of the machine interrupts; nothing when it does not run."""
    if seen.state is not State.RUNNING:
        return ()
    containers = [thing for thing in _held(world) or () if thing.startswith("container ")]
    return (f"everything that runs in the machine {seen.name} is stopped for a while", *containers)


def _held(world: World) -> tuple[str, ...] | None:
    guest = world.snapshot.sections.get("guest")
    if world.snapshot.guest is not Guest.REACHED or guest is None or guest.status != 0:
        return None
    return tuple(f"{kind} {name}" for kind in KINDS for name in guest.all(kind))
