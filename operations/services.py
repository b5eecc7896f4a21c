"""Wished containers of an engine of a Mac that is not podman's, and how one that is there differs from its file.

Where files lie, what is in them and how a container is started is each engine's own; see `operations/engines.py`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Refusal, Where
from carbon_fleet.plan.files import FileWish, file_findings
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import Mac
from carbon_fleet.spec.runtime import RuntimeName
from operations import runtimes
from operations.render.workload import Workload
from operations.stack.quadlet import started_in_order
from operations.stack.wish import Container
from operations.stack.workload import workload

FILE_MODE = "0600"
"""Of a stack's file: values of secrets lie beside it."""


@dataclass(frozen=True)
class Service:
    """A wished container: `engine` begins its address, `definition` is the digest of all its file says of it."""

    engine: str
    container: Container
    workload: Workload
    definition: str

    @property
    def stack(self) -> str:
        """Its stack's name."""
        return self.workload.stack

    @property
    def name(self) -> str:
        """Its name in the stack, which is its entry's in the file."""
        return self.workload.name

    @property
    def container_name(self) -> str:
        """Its name in the engine."""
        return self.workload.container

    @property
    def address(self) -> str:
        """The address of its Changes."""
        return address(self.engine, self.stack, self.name)

    @property
    def given(self) -> list[str]:
        """The secrets it is given."""
        return sorted({secret.name for secret in self.workload.secrets})


S = TypeVar("S", bound=Service)


class ContainerSeen(Protocol):
    """What every engine tells of a container; `stack` is empty for one that no stack made."""

    @property
    def stack(self) -> str:
        """The stack it was made for."""
        ...

    @property
    def name(self) -> str:
        """Its name in that."""
        ...

    @property
    def definition(self) -> str:
        """The digest of what it was made from."""
        ...

    @property
    def secrets(self) -> Mapping[str, str]:
        """The fingerprints of the secrets it was made with."""
        ...


def address(engine: str, stack: str, name: str) -> str:
    """The address of a container's Changes."""
    return f"{engine}.stack.{stack}.{name}"


def members(mac: Mac, runtime: RuntimeName, models: str | None = None) -> Iterator[tuple[Container, Workload]]:
    """Every wished container that a runtime carries, each after the ones it starts after."""
    for stack in runtimes.stacks_on(mac, runtime).all():
        wished = stack.members()
        for name in started_in_order(wished):
            yield wished[name], workload(stack.name, name, wished[name], mac, models)


def by_stack(services: Iterable[Service]) -> dict[str, list[Workload]]:
    """What each stack's file has to say of its containers, in their order."""
    stacks: dict[str, list[Workload]] = {}
    for service in services:
        stacks.setdefault(service.stack, []).append(service.workload)
    return stacks


def strangers(wished: Iterable[Service], seen: Mapping[str, ContainerSeen], remedy: str) -> Iterator[Refusal]:
    """Containers of a wished name that no stack made; the remedy has `{name}` where that stands."""
    for service in wished:
        found = seen.get(service.container_name)
        if found is not None and not found.stack:
            name = service.container_name
            what = f"a container named `{name}` is there that no stack made"
            why = "nothing of ours could start under it"
            yield Refusal(service.address, "CONTAINER_NAME_TAKEN", what, why, remedy.format(name=name))


def unwished(
    engine: str, wished: Iterable[Service], seen: Mapping[str, ContainerSeen], remove: Callable[[str], Command]
) -> Iterator[Change]:
    """The removal of containers that were made for stacks, and that no stack has any more."""
    names = {service.container_name for service in wished}
    for name, found in sorted(seen.items()):
        if found.stack and name not in names:
            where, attribute = address(engine, found.stack, found.name), Attribute("container", name, None)
            yield Change(where, Action.DELETE, (attribute,), "no stack has it any more", (remove(name),))


def unwished_files(
    engine: str,
    wished: Iterable[Service],
    seen: Mapping[str, FileSeen],
    path: Callable[[str], str],
    drop: Callable[..., Command],
) -> Iterator[Change]:
    """The removal of files of stacks that are not wished, with what lies beside them: `drop` is that script."""
    stacks = {service.stack for service in wished}
    for stack in sorted(stack for stack, file in seen.items() if file.kind != "absent" and stack not in stacks):
        where, attribute = f"{engine}.stack.{stack}", Attribute("file", path(stack), None)
        command = drop("drop", stack, says=f"remove {path(stack)}")
        yield Change(where, Action.DELETE, (attribute,), "the stack is not wished", (command,))


def written(
    engine: str, texts: Mapping[str, str], seen: Mapping[str, FileSeen], path: Callable[[str], str], reason: str
) -> Iterator[Finding]:
    """Each stack's file, whole."""
    for stack, text in texts.items():
        found, wish = seen.get(stack, FileSeen(path(stack))), FileWish(path(stack), text, FILE_MODE)
        yield from file_findings(f"{engine}.stack.{stack}", wish, found, Where.MAC, reason)


def made(service: Service, found: ContainerSeen | None, right: Mapping[str, str]) -> tuple[Attribute, str] | None:
    """What a container was made from, and with, where that is not what is wished; `right` are secrets' fingerprints."""
    if found is None:
        return Attribute("container", None, "running"), "it is not there"
    if found.definition != service.definition:
        return Attribute("definition", found.definition or None, service.definition), "it was made from another file"
    old = [name for name in service.given if right.get(name) and found.secrets.get(name) != right[name]]
    if old:
        names = ", ".join(old)
        return Attribute("secrets", f"{names} as it was", f"{names} as it is"), f"its secret has changed: {names}"
    return None
