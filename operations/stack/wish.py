"""What a lab file may say of stacks: names of `files/stacks/NAME.yml`, or whole stacks written in place."""

import json
from functools import cache
from typing import Any

from pydantic import Field

from carbon_fleet import assets
from carbon_fleet.spec import Mac, Name, RootWish, Text, Wish
from carbon_fleet.spec.runtime import DEFAULT, LINUX, RuntimeName
from operations._definitions import load
from operations.stack.container import Container, Expose, Health, Need, Service
from operations.stack.gpu import LAYER, mounted
from operations.stack.settings import Setting, Value, filled, values

__all__ = ["Container", "Definition", "Health", "Service", "Stack", "Stacks", "definition", "names"]


class _Written(Wish):
    """What a `files/stacks/NAME.yml` says, before its settings are filled in."""

    description: Text
    gpu: Need | None = None
    settings: dict[Name, Setting] = Field(default_factory=dict)
    containers: dict[Name, Any] = Field(min_length=1)


class Definition(Wish):
    """A stack of the project's own, as its settings make it."""

    description: Text
    """What the stack is for."""
    gpu: Need | None = None
    """Whether it computes on a GPU; left out, not without one where a container has one."""
    settings: dict[Name, Setting] = Field(default_factory=dict)
    """What a lab file may choose."""
    containers: dict[Name, Container] = Field(min_length=1)
    """Its containers by name."""


def definition(name: str, said: dict[str, Value] | None = None, runtime: RuntimeName = DEFAULT) -> Definition:
    """The stack `name` of the project's own, with the settings a lab file `said`, as it is by this runtime."""
    return _definition(name, json.dumps(said or {}, sort_keys=True), runtime)


@cache
def _definition(name: str, said: str, runtime: RuntimeName) -> Definition:
    written = load(f"stacks/{name}.yml", _Written)
    containers = filled(written.containers, values(written.settings, json.loads(said), runtime))
    whole = {"description": written.description, "gpu": written.gpu, "containers": containers}
    made = Definition.model_validate_json(json.dumps(whole))
    return made.model_copy(update={"settings": written.settings})


def names() -> tuple[str, ...]:
    """The stacks there are."""
    return assets.names("stacks", ".yml")


class Stack(Wish):
    """A stack written in place, or one of the project's own with what is different here."""

    name: Name
    """The stack's name, first word of its units' and containers' names."""
    containers: dict[Name, Container] | None = None
    """Its containers by name. Left out: the project's own stack of this name."""
    settings: dict[Name, Value] = Field(default_factory=dict)
    """What the project's own stack lets choose."""
    services: dict[Name, bool] = Field(default_factory=dict)
    """Which services of its containers are on, over what they say themselves."""
    expose: Expose | None = None
    """Who reaches the ports of all its containers, over what they say themselves."""
    gpu: Need | None = None
    """Whether it computes on a GPU, over what the project's own stack says; with `none` its containers get none."""
    runtime: RuntimeName | None = None
    """What runs it; left out, what runs the Mac's stacks."""

    def need(self) -> Need:
        """Whether it computes on a GPU: as it is said, else not without one where a container of its has one."""
        own = self._own().gpu if self.containers is None and self.name in names() else None
        has = any(container.gpu != "none" for container in self.written().values())
        return self.gpu or own or ("required" if has else "none")

    def members(self) -> dict[str, Container]:
        """Its containers with everything said here; none where nobody defined the name, which `check` reports."""
        return {name: self._here(container).with_services() for name, container in self.written().items()}

    def written(self) -> dict[str, Container]:
        """Its containers as they are defined, settings filled in."""
        if self.containers is not None:
            return self.containers
        return self._own().containers if self.name in names() else {}

    def _own(self) -> Definition:
        return definition(self.name, self.settings, self.runtime or DEFAULT)

    def _here(self, container: Container) -> Container:
        services = {
            name: service.model_copy(update={"enabled": self.services.get(name, service.enabled)})
            for name, service in container.services.items()
        }
        update: dict[str, Any] = {"services": services, "expose": self.expose or container.expose}
        if self.gpu == "none":
            update |= {"gpu": "none", "gpu_path": "auto"}
        elif self.runtime == LINUX and container.gpu == "venus":
            # One definition for both: a Linux host's GPU is NVIDIA's, and its hooks write into the container's root.
            update |= {"gpu": "cuda", "read_only": False}
        return container.model_copy(update=update)


class Stacks(RootWish[tuple[Name | Stack, ...]]):
    """The stacks of a Mac, in the order they are brought up: names of the project's own, or written in place."""

    root: tuple[Name | Stack, ...] = ()

    def all(self) -> tuple[Stack, ...]:
        """Every stack in one shape."""
        return tuple(Stack(name=stack) if isinstance(stack, str) else stack for stack in self.root)

    def under(self, mac: Mac) -> "Stacks":
        """The same stacks on this Mac: on a Linux host each says so, for its images and GPU are others there."""
        if not mac.linux:
            return self
        return Stacks(tuple(one if one.runtime else one.model_copy(update={"runtime": LINUX}) for one in self.all()))

    def images(self) -> tuple[str, ...]:
        """The names of our own images they use, the Venus layer among them where it is mounted into another image."""
        used = [container.image for container in self.containers()]
        layer = [LAYER] if any(mounted(container) for container in self.containers()) else []
        return tuple(dict.fromkeys(image for image in (*used, *layer) if "/" not in image))

    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets they use."""
        return tuple(dict.fromkeys(name for container in self.containers() for name in container.secrets.values()))

    def models(self) -> tuple[str, ...]:
        """The names of the models they use."""
        return tuple(dict.fromkeys(name for container in self.containers() for name in container.models))

    def containers(self) -> tuple[Container, ...]:
        """Every container of every stack."""
        return tuple(container for stack in self.all() for container in stack.members().values())
