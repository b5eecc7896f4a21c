"""The wish that says of a Mac what it is already, as far as that can be wished. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from carbon_fleet.adopt.look import AdoptSeen
from carbon_fleet.spec import Size
from operations.homebrew import Homebrew, HomebrewSeen
from operations.homebrew.wish import KRUNKIT, short
from operations.lima.listing import KRUNKIT as KRUNKIT_TYPE
from operations.machine import Machine, MachineSeen
from operations.machine.seen import Config
from operations.provider import MARK, ProviderSeen

MIB, GIB = 2**20, 2**30


@dataclass(frozen=True)
class Described:
    """A Mac's part of the lab file: plain values by key, and what cannot be said, each in a sentence."""

    wish: dict[str, Any] = field(default_factory=dict)
    unsaid: tuple[str, ...] = ()


def adopted(adopt: AdoptSeen, machine: MachineSeen) -> tuple[str, str] | None:
    """The instance of Lima or Colima a Mac runs by, kind and name: one of the type krunkit, without a machine."""
    if machine.config is not None:
        return None
    return next(((kind, name) for kind, name, type_ in adopt.instances if type_ == KRUNKIT_TYPE), None)


def describe(adopt: AdoptSeen, homebrew: HomebrewSeen, provider: ProviderSeen, machine: MachineSeen) -> Described:
    """The wish for a Mac so seen. No stack, no image: what runs there is left to those who made it."""
    if instance := adopted(adopt, machine):
        kind, name = instance
        return Described({"runtime": kind, "lima": {"instance": name}, "stacks": []})
    parts = (_homebrew(adopt, homebrew), _provider(provider), _machine(machine))
    wish = {key: value for part in parts for key, value in part.wish.items()}
    return Described({**wish, "stacks": []}, tuple(one for part in parts for one in part.unsaid))


def by_pkg(adopt: AdoptSeen, homebrew: HomebrewSeen) -> bool:
    """Whether podman and krunkit are those of podman's own installer, and Homebrew has none of its own."""
    mine = any(homebrew.formula(name).kegs for name in ("podman", "krunkit"))
    return adopt.pkg is not None and adopt.krunkit_in_pkg and not mine


def _homebrew(adopt: AdoptSeen, seen: HomebrewSeen) -> Described:
    if by_pkg(adopt, seen):
        return Described({"homebrew": {"taps": [], "formulae": {"podman": None, KRUNKIT: None}}})
    pinned = {name: {"pin": True} for name in Homebrew().wished if seen.formula(short(name)).pinned}
    return Described({"homebrew": {"formulae": pinned}} if pinned else {})


def _provider(seen: ProviderSeen) -> Described:
    """Our drop-in is wished where it is there; elsewhere people's own settings choose, as they do now."""
    there = seen.drop_in.kind == "regular" and seen.drop_in.content.startswith(MARK.encode())
    return Described({} if there else {"provider": {"drop_in": None}})


def _machine(seen: MachineSeen) -> Described:
    config = seen.config
    if config is None:
        return Described()
    said: dict[str, Any] = {}
    unsaid: list[str] = list(_no_gpu(seen.name, config.provider))
    for key, value in _values(seen.name, config):
        if (mistake := _mistake(key, value)) is None:
            said[key] = value
        else:
            unsaid.append(f"`machine.{key}` is {value}, which cannot be wished: {mistake}")
    by = {} if config.provider == "libkrun" else {"runtime": f"podman-{config.provider}"}
    return Described({**by, "machine": said}, tuple(unsaid))


def _no_gpu(name: str, provider: str) -> Iterator[str]:
    if provider != "libkrun":
        yield (
            f"the machine {name} has the provider {provider}, and no GPU. `runtime: podman-libkrun` makes it anew with "
            "one, its volumes carried over (docs/replacement.md)"
        )


def _values(name: str, config: Config) -> Iterator[tuple[str, Any]]:
    yield "name", name
    yield "cpus", config.cpus
    yield "memory", str(Size(config.memory_mib * MIB))
    yield "disk", str(Size(config.disk_gib * GIB))
    yield "rootful", config.rootful
    yield "volumes", list(config.mounts)
    if config.swap_mib:
        yield "swap", str(Size(config.swap_mib * MIB))


def _mistake(key: str, value: Any) -> str | None:
    """What a lab file would say of this value of `machine`; None: nothing."""
    check: Callable[[Any], Any] = Machine.model_validate
    try:
        check({key: tuple(value) if isinstance(value, list) else value})
    except ValidationError as error:
        said = str(error.errors(include_url=False, include_input=False)[0]["msg"]).partition("\n")[0]
        return said.replace("{text}", str(value))
    return None
