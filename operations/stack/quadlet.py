"""The Quadlet units of a Mac's stacks: each wished container's file, and what names follow from it."""

from dataclasses import dataclass

from carbon_fleet.spec import Mac
from operations import runtimes
from operations.render.quadlet import PREFIX, unit
from operations.render.quadlet import service_name as service_name
from operations.render.workload import CONTAINER_LABEL as CONTAINER_LABEL
from operations.render.workload import STACK_LABEL as STACK_LABEL
from operations.render.workload import container_name as container_name
from operations.stack.wish import Container, Stacks
from operations.stack.workload import ACCEPT as ACCEPT
from operations.stack.workload import workload

FOLDER = "/etc/containers/systemd"


@dataclass(frozen=True)
class Unit:
    """One wished container: its unit file's text, and the reference of its image when that is one of ours."""

    stack: str
    name: str
    container: Container
    text: str
    image: str | None

    @property
    def address(self) -> str:
        """The address of its Changes."""
        return f"stack.{self.stack}.{self.name}"

    @property
    def file(self) -> str:
        """The unit file's name."""
        return f"{PREFIX}{self.stack}-{self.name}.container"

    @property
    def path(self) -> str:
        """The unit file."""
        return f"{FOLDER}/{self.file}"

    @property
    def service(self) -> str:
        """The service the generator makes of it."""
        return service_name(self.stack, self.name)

    @property
    def container_name(self) -> str:
        """The container's name for podman."""
        return container_name(self.stack, self.name)


def units(wanted: Stacks, mac: Mac) -> tuple[Unit, ...]:
    """The unit of every wished container that Quadlet runs, each after the ones it starts after."""
    return tuple(
        _unit(stack.name, name, members[name], mac)
        for stack in wanted.all()
        if runtimes.of_stack(stack, mac) in runtimes.QUADLET
        for members in (runtimes.fitted(stack, mac).members(),)
        for name in started_in_order(members)
    )


def started_in_order(members: dict[str, Container]) -> tuple[str, ...]:
    """The names of a stack's containers, each after its `after`; what is unknown or in a circle does not hold it up."""
    done: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in members and name not in done and name not in above:
            for earlier in members[name].after:
                visit(earlier, (*above, name))
            done[name] = None

    for name in members:
        visit(name, ())
    return tuple(done)


def _unit(stack: str, name: str, container: Container, mac: Mac) -> Unit:
    made = workload(stack, name, container, mac)
    return Unit(stack, name, container, unit(made), made.image if made.ours else None)
