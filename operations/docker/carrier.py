"""What Docker Desktop tells a move: how a stack comes up on it."""

from collections.abc import Iterator

from carbon_fleet.plan import Command, Where, World
from carbon_fleet.plan.files import FileWish, write_file
from operations import runtimes
from operations._moves import Carrier
from operations.docker.commands import docker
from operations.docker.containers import up
from operations.docker.services import files, path, services
from operations.render.workload import STACK_LABEL
from operations.stack.volumes import named


def arrive(stack: str, world: World) -> tuple[Command, ...]:
    """Its file, its volumes where they are missing, its containers in their order."""
    return tuple(_arrive(stack, world))


def _arrive(stack: str, world: World) -> Iterator[Command]:
    yield write_file(FileWish(path(stack), files(world.mac)[stack], "0600"), Where.MAC)
    for volume, of in named(runtimes.stacks_on(world.mac, runtimes.DOCKER)).items():
        if of == stack:
            yield docker("volume", "create", "--label", f"{STACK_LABEL}={stack}", volume)
    for service in services(world.mac):
        if service.stack == stack:
            yield up(service, anew=False)


CARRIER = Carrier("docker", "docker.stack", arrive)
