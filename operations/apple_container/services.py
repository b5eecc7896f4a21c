"""The stacks of a Mac that Apple's `container` runs: each wished container, and each stack's file."""

from dataclasses import dataclass

from carbon_fleet.spec import Mac
from operations import runtimes
from operations import services as common
from operations.apple_container import jobs
from operations.apple_container.commands import FOLDER
from operations.apple_container.wish import AppleContainer
from operations.render import container_args
from operations.render.container_args import Share
from operations.render.workload import Workload
from operations.stack.wish import Container


@dataclass(frozen=True)
class Service(common.Service):
    """A wished container with its launchd job: `job` is the digest of its `plist`."""

    job: str
    plist: str


def share(mac: Mac) -> Share:
    """What each container gets that says nothing of it."""
    wanted = mac.section("apple_container", AppleContainer)
    return Share(wanted.cpus, int(wanted.memory) if wanted.memory else None)


def services(mac: Mac) -> tuple[Service, ...]:
    """Every wished container that it runs, each after the ones it starts after."""
    return tuple(_service(container, made, mac) for container, made in common.members(mac, runtimes.APPLE))


def _service(container: Container, made: Workload, mac: Mac) -> Service:
    definition = container_args.definition(made, share(mac))
    return Service("apple_container", container, made, definition, jobs.digest(made, mac), jobs.plist(made, mac))


def files(mac: Mac) -> dict[str, str]:
    """The text of each stack's file, by stack."""
    stacks = common.by_stack(services(mac))
    return {stack: container_args.document(workloads, share(mac)) for stack, workloads in stacks.items()}


def path(stack: str) -> str:
    """Where a stack's file lies."""
    return f"{FOLDER}/{stack}/containers.json"
