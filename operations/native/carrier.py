"""What programs of the Mac itself tell a move: how a stack comes up as them."""

from collections.abc import Iterator

from carbon_fleet.plan import Command, World
from operations._moves import Carrier
from operations.native.commands import up, volume, write
from operations.native.jobs import jobs
from operations.native.seen import read


def arrive(stack: str, world: World) -> tuple[Command, ...]:
    """Its folders where they are missing, its programs in their order, each by its property list."""
    return tuple(_arrive(stack, world))


def _arrive(stack: str, world: World) -> Iterator[Command]:
    seen = read(world.snapshot.section("native"))
    mine = [job for job in jobs(world.mac) if job.workload.stack == stack]
    for name in dict.fromkeys(name for job in mine for name in job.volumes):
        yield volume("make", name)
    for job in mine:
        yield write(job, seen)
        yield up(job, seen, anew=True)


CARRIER = Carrier("native", "native.stack", arrive)
