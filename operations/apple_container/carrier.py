"""What Apple's `container` tells a move: how a stack comes up in it."""

from collections.abc import Iterator

from carbon_fleet.plan import Command, Where, World
from carbon_fleet.plan.files import FileWish, write_file
from operations import runtimes
from operations._moves import Carrier
from operations.apple_container import jobs
from operations.apple_container.commands import volume as made
from operations.apple_container.containers import up
from operations.apple_container.services import files, path, services
from operations.stack.volumes import named


def arrive(stack: str, world: World) -> tuple[Command, ...]:
    """Its file, its volumes where they are missing, its containers in their order, each with its launchd job."""
    return tuple(_arrive(stack, world))


def _arrive(stack: str, world: World) -> Iterator[Command]:
    yield write_file(FileWish(path(stack), files(world.mac)[stack], "0600"), Where.MAC)
    for volume, of in named(runtimes.stacks_on(world.mac, runtimes.APPLE)).items():
        if of == stack:
            yield made(volume, stack)
    for service in services(world.mac):
        if service.stack == stack:
            yield write_file(FileWish(jobs.path(service.container_name), service.plist, "0644"), Where.MAC)
            yield up(service, "")


CARRIER = Carrier("apple", "apple_container.stack", arrive)
