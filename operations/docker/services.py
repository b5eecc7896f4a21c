"""The stacks of a Mac that Docker Desktop runs: each wished container, and each stack's Compose file."""

from dataclasses import dataclass

from carbon_fleet.spec import Mac
from operations import runtimes
from operations.docker.commands import MODELS
from operations.render import compose
from operations.render.workload import Workload
from operations.stack import mac_folders
from operations.stack.quadlet import started_in_order
from operations.stack.wish import Container
from operations.stack.workload import workload

FOLDER = "~/.config/carbon-fleet/docker"
"""Where each stack's file lies, in a folder of the stack's name, beside what holds its secrets' values."""
SECRETS = "../../secrets"
"""The Mac's folder of secrets as the files name it."""


@dataclass(frozen=True)
class Service:
    """One wished container."""

    container: Container
    workload: Workload

    @property
    def stack(self) -> str:
        """Its stack's name."""
        return self.workload.stack

    @property
    def name(self) -> str:
        """Its name in the stack, which is its service's in the file."""
        return self.workload.name

    @property
    def container_name(self) -> str:
        """Its name in the engine."""
        return self.workload.container

    @property
    def address(self) -> str:
        """The address of its Changes."""
        return address(self.stack, self.name)

    @property
    def definition(self) -> str:
        """The digest of all the file says of it."""
        return compose.definition(self.workload, SECRETS)


def address(stack: str, name: str) -> str:
    """The address of a container's Changes."""
    return f"docker.stack.{stack}.{name}"


def services(mac: Mac) -> tuple[Service, ...]:
    """Every wished container that Docker Desktop runs, each after the ones it starts after."""
    return tuple(
        Service(
            members[name], workload(stack.name, name, members[name], mac, mac_folders.here(f"~/{MODELS.folder}", mac))
        )
        for stack in runtimes.stacks_on(mac, runtimes.DOCKER).all()
        for members in (stack.members(),)
        for name in started_in_order(members)
    )


def files(mac: Mac) -> dict[str, str]:
    """The text of each stack's file, by stack."""
    stacks: dict[str, list[Workload]] = {}
    for service in services(mac):
        stacks.setdefault(service.stack, []).append(service.workload)
    return {stack: compose.document(stack, workloads, SECRETS) for stack, workloads in stacks.items()}


def path(stack: str) -> str:
    """Where a stack's file lies."""
    return f"{FOLDER}/{stack}/compose.yaml"
