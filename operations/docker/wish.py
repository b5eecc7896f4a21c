"""What a lab file may say of Docker Desktop."""

from collections.abc import Iterator

from pydantic import Field

from carbon_fleet.spec import Mac, Problem, Size, Wish
from operations import runtimes

MIB = 2**20


class Docker(Wish):
    """What `docker:` in a lab file may say. What is left out stays as it is: whoever uses the Mac chooses."""

    cpus: int | None = Field(default=None, ge=1, le=64)
    """How many of the Mac's CPUs its virtual machine may use."""
    memory: Size | None = Field(default=None, ge=Size.parse("1GiB"))
    """How much of the Mac's memory its virtual machine may use."""
    disk: Size | None = Field(default=None, ge=Size.parse("16GiB"))
    """How far its disk may grow. A smaller one than it has is refused: Docker Desktop would throw all data away."""
    start_at_login: bool | None = None
    """Whether it starts when the user logs in at the screen."""


def check(wanted: Docker, mac: Mac) -> Iterator[Problem]:
    """Sizes that Docker Desktop cannot be told, and what its containers cannot be given."""
    for name, size in (("memory", wanted.memory), ("disk", wanted.disk)):
        if size is not None and size % MIB:
            write = f"write `{size.mib}MiB`"
            yield Problem(("docker", name), f"`{size}` is no whole number of MiB", "that is what it counts in", write)
    for place, stack in enumerate(runtimes.all_stacks(mac)):
        if runtimes.of_stack(stack, mac) != runtimes.DOCKER:
            continue
        for name, container in stack.members().items():
            path = ("stacks", place, "runtime") if stack.runtime else ("stacks", place)
            if container.models and mac.user is None:
                what = f"`{name}` of the stack `{stack.name}` is given models, and nobody says whose home they are in"
                yield Problem(path, what, "Docker Desktop shows whole paths", "write `user: NAME` for this Mac")
            if container.devices:
                what = f"`{name}` of the stack `{stack.name}` is given devices, and Docker Desktop has none to give"
                yield Problem(path, what, "its container would not start", "leave `devices` out")
