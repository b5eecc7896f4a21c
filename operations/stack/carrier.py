"""What podman tells a move: how a stack comes up in its machine."""

from collections.abc import Iterator

from carbon_fleet.plan import Command, Where, World, guest
from carbon_fleet.plan.files import FileWish, write_file
from operations._moves import Carrier
from operations.stack.quadlet import STACK_LABEL, units
from operations.stack.update import wait
from operations.stack.volumes import named
from operations.stack.wish import Stacks


def arrive(stack: str, world: World) -> tuple[Command, ...]:
    """Its volumes where they are missing, its units, their services in their order."""
    return tuple(_arrive(stack, world))


def _arrive(stack: str, world: World) -> Iterator[Command]:
    wanted = world.mac.section("stacks", Stacks)
    for volume, of in named(wanted).items():
        if of == stack:
            yield guest("podman", "volume", "create", "--ignore", "--label", f"{STACK_LABEL}={stack}", volume)
    mine = [unit for unit in units(wanted, world.mac) if unit.stack == stack]
    for unit in mine:
        yield write_file(FileWish(unit.path, unit.text), Where.GUEST)
    yield guest("systemctl", "daemon-reload", deadline=120, says="let systemd read the units")
    for unit in mine:
        yield guest("systemctl", "start", "--no-block", unit.service, says=f"start {unit.container_name}")
        yield wait(unit)


CARRIER = Carrier("podman", "stack", arrive)
