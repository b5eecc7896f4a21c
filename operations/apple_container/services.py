"""The stacks of a Mac that Apple's `container` runs: each wished container, and each stack's file."""

from dataclasses import dataclass

from carbon_fleet.spec import Mac
from operations import runtimes
from operations.apple_container import jobs
from operations.apple_container.wish import AppleContainer
from operations.render import container_args
from operations.render.container_args import Share
from operations.render.workload import Workload
from operations.stack.quadlet import started_in_order
from operations.stack.wish import Container
from operations.stack.workload import workload

FOLDER = "~/.config/carbon-fleet/apple-container"
"""Where each stack's file lies, in a folder of the stack's name, beside what holds its secrets' values."""


@dataclass(frozen=True)
class Service:
    """A wished container: `definition` is the digest of all its stack's file says of it, `job` that of its `plist`."""

    container: Container
    workload: Workload
    definition: str
    job: str
    plist: str

    @property
    def stack(self) -> str:
        """Its stack's name."""
        return self.workload.stack

    @property
    def name(self) -> str:
        """Its name in the stack."""
        return self.workload.name

    @property
    def container_name(self) -> str:
        """Its name in the engine."""
        return self.workload.container

    @property
    def address(self) -> str:
        """The address of its Changes."""
        return address(self.stack, self.name)


def address(stack: str, name: str) -> str:
    """The address of a container's Changes."""
    return f"apple_container.stack.{stack}.{name}"


def share(mac: Mac) -> Share:
    """What each container gets that says nothing of it."""
    wanted = mac.section("apple_container", AppleContainer)
    return Share(wanted.cpus, int(wanted.memory) if wanted.memory else None)


def services(mac: Mac) -> tuple[Service, ...]:
    """Every wished container that it runs, each after the ones it starts after."""
    return tuple(
        _service(members[name], workload(stack.name, name, members[name], mac), mac)
        for stack in runtimes.stacks_on(mac, runtimes.APPLE).all()
        for members in (stack.members(),)
        for name in started_in_order(members)
    )


def _service(container: Container, made: Workload, mac: Mac) -> Service:
    definition = container_args.definition(made, share(mac))
    return Service(container, made, definition, jobs.digest(made, mac), jobs.plist(made, mac))


def files(mac: Mac) -> dict[str, str]:
    """The text of each stack's file, by stack."""
    stacks: dict[str, list[Workload]] = {}
    for service in services(mac):
        stacks.setdefault(service.stack, []).append(service.workload)
    return {stack: container_args.document(workloads, share(mac)) for stack, workloads in stacks.items()}


def path(stack: str) -> str:
    """Where a stack's file lies."""
    return f"{FOLDER}/{stack}/containers.json"
