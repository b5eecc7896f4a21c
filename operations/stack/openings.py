"""Every port that a Mac's stacks publish: whose it is, where it was written, and what to write for another."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from operations.stack.container import Container
from operations.stack.ports import addressed, free_port, moved
from operations.stack.settings import values
from operations.stack.wish import Stack, Stacks, definition
from operations.stack.words import Published, published

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Opening:
    """One published port, or one that would be published while its service is on.

    `within` is the container as it will run. `home` is where its service or container stands in the Mac's wish, `path`
    where the port does, `written` what stands there; `place` counts among the ports beside it.
    """

    stack: Stack
    container: str
    within: Container
    service: str | None
    on: bool
    place: int
    written: str
    port: Published
    home: Path
    path: Path

    @property
    def owner(self) -> str:
        """Whose it is, in words."""
        thing = f"container `{self.container}`" if self.service is None else f"service `{self.service}`"
        return f"the {thing} of the stack `{self.stack.name}`"

    @property
    def network(self) -> bool:
        """Whether more than the Mac itself reaches it."""
        return not self.port.loopback

    def elsewhere(self, taken: Collection[tuple[str, int]]) -> str:
        """What to write for a free port: where the stack was written in place, in its settings, or in a copy of it."""
        free = free_port(self.port, taken)
        if self.stack.containers is not None:
            return f"write `{moved(self.written, free)}` for it"
        setting = self._setting()
        if setting is not None:
            return f"write `settings: {{{setting}: {free}}}` at the stack"
        copy = f"copy `files/stacks/{self.stack.name}.yml` into the lab file and write `{moved(self.written, free)}`"
        return copy if self.service is None else f"write `services: {{{self.service}: false}}`, or {copy}"

    def _setting(self) -> str | None:
        """The setting of a stack of the project's own that moves this port."""
        settings = definition(self.stack.name).settings
        for name, value in values(settings, self.stack.settings).items():
            if type(value) is int and value == self.port.outer and "port" in name:
                return name
        return None


def openings(wanted: Stacks) -> tuple[Opening, ...]:
    """Every opening of a Mac's stacks, in their order: a container's own ports, then those of its services."""
    return tuple(opening for place, stack in enumerate(wanted.all()) for opening in _of(stack, ("stacks", place)))


def _of(stack: Stack, path: Path) -> Iterator[Opening]:
    written, own = stack.written(), stack.containers is None
    for name, container in stack.members().items():
        below: Path = path if own else (*path, "containers", name)
        for service, on, ports, home in _lists(written[name].ports, container, below):
            for place, port in enumerate(ports):
                there = published(addressed(port, container.expose))
                # A stack of the project's own has its ports in another file: only what switches it can be pointed at.
                at = home if own else (*home, "ports", place)
                yield Opening(stack, name, container, service, on, place, port, there, home, at)


def _lists(
    raw: tuple[str, ...], container: Container, path: Path
) -> Iterator[tuple[str | None, bool, tuple[str, ...], Path]]:
    yield None, True, raw, path
    for name, service in container.services.items():
        yield name, service.enabled, service.ports, (*path, "services", name)
