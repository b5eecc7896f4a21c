"""What a Mac should be, as the suite asks for it: the lab file's words and what follows from them, nothing seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from carbon_fleet.spec import Mac
from carbon_fleet.spec import mirror as at
from carbon_fleet.spec.runtime import RuntimeName
from carbon_fleet.verify.adopted import CHECK_IMAGE, AdoptedInstance, instances
from operations import runtimes
from operations.agent.wish import Agent
from operations.apple_container.services import Service as AppleService
from operations.apple_container.services import services as apple_services
from operations.docker.commands import ENGINE as DOCKER
from operations.docker.engine import wished as docker_settings
from operations.docker.services import services
from operations.docker.wish import Docker
from operations.environment import locks
from operations.environment.wish import Environments
from operations.guest import Guest, GuestFile, GuestUnit
from operations.guest.registries import files
from operations.homebrew import FormulaWish, Homebrew, fitted, held
from operations.homebrew.wish import APPLE
from operations.image.foreign import normal
from operations.image.recipe import LABEL, Recipe, recipes, recipes_on
from operations.machine import Machine
from operations.model.checks import needed
from operations.model.wish import Model, Models
from operations.native.jobs import Job, jobs
from operations.power.wish import Power
from operations.provider import Provider
from operations.render.quadlet import PREFIX
from operations.services import Service
from operations.stack.openings import Opening, openings
from operations.stack.quadlet import Unit, units
from operations.stack.secrets import used
from operations.stack.wish import Stacks

__all__ = [
    "EACH",
    "INPUTS_LABEL",
    "AdoptedInstance",
    "AppleService",
    "Formula",
    "GuestFile",
    "GuestUnit",
    "Job",
    "KeptSecret",
    "LaunchAgent",
    "Model",
    "Opening",
    "PowerSetting",
    "PythonEnvironment",
    "Recipe",
    "Service",
    "Unit",
    "guest",
    "homebrew",
    "machine",
    "normal",
    "provider",
    "runtime_of",
    "tap_remote",
]
INPUTS_LABEL = LABEL
"""The label of an image that holds the digest of all it was made from."""
ON_THE_MAC: tuple[RuntimeName, ...] = (runtimes.DOCKER, runtimes.APPLE, runtimes.NATIVE)
"""The runtimes whose stacks are in no Podman machine."""


@dataclass(frozen=True)
class Formula:
    """A wished formula: its full name, and what follows from that."""

    full: str
    wish: FormulaWish

    @property
    def short(self) -> str:
        """The name of its folder in the Cellar."""
        return self.full.rpartition("/")[2]

    @property
    def tap(self) -> str:
        """The tap it has to come from: Homebrew's own for a bare name."""
        return self.full.rpartition("/")[0] or "homebrew/core"


@dataclass(frozen=True)
class KeptSecret:
    """A secret that the Mac's stacks use, by its name, and podman's name of the machine's copy."""

    name: str

    @property
    def inside(self) -> str:
        """What podman in the machine calls it."""
        return f"{PREFIX}{self.name}"


@dataclass(frozen=True)
class PowerSetting:
    """A wished power setting: the lab file's name of it, and its value as pmset has it (minutes, or 0 and 1)."""

    name: str
    value: int


@dataclass(frozen=True)
class LaunchAgent:
    """A wished LaunchAgent by its label: whether it starts at login, or how often (seconds) it is run.

    `says` are options that its command has to have, with their values.
    """

    label: str
    interval: int | None = None
    says: tuple[tuple[str, str], ...] = ()
    daemon: bool = False
    """A LaunchDaemon: the system's, whoever is logged in."""

    @property
    def path(self) -> str:
        """Where its file lies; an agent's below the login user's home."""
        return (
            f"/Library/LaunchDaemons/{self.label}.plist" if self.daemon else f"Library/LaunchAgents/{self.label}.plist"
        )


@dataclass(frozen=True)
class PythonEnvironment:
    """A wished Python environment: the packages of its lock by canonical name, what it imports, and its proof."""

    name: str
    python: str
    packages: Mapping[str, str]
    imports: tuple[str, ...]
    prove: Any


def homebrew(mac: Mac) -> Homebrew:
    """The wish `homebrew`, with the pins of the lab's lock."""
    return held(fitted(mac.section("homebrew", Homebrew), mac), mac)


def provider(mac: Mac) -> Provider:
    """The wish `provider`, with the provider of the Mac's runtime."""
    return mac.section("provider", Provider).model_copy(update={"name": runtimes.provider(mac)})


def machine(mac: Mac) -> Machine:
    """The wish `machine`."""
    return mac.section("machine", Machine)


def guest(mac: Mac) -> Guest:
    """The wish `guest`; a machine whose runtime has no GPU is not to have one."""
    wanted = mac.section("guest", Guest)
    return wanted.model_copy(update={"gpu": wanted.gpu and runtimes.machine_gpu(mac)})


def tap_remote(mac: Mac, tap: str) -> str | None:
    """The address a tap has to come from: the site mirror's, else the lab file's; None where neither says one."""
    if mac.mirror:
        return f"{mac.mirror}{at.git(at.repository(tap.lower()))}"
    urls = mac.section("homebrew", Homebrew).tap_urls.items()
    return next((url for name, url in urls if name.lower() == tap.lower()), None)


def _power(mac: Mac) -> dict[str, PowerSetting]:
    wanted = {name: value for name, value in mac.section("power", Power) if value is not None}
    numbers = {name: int(value) if isinstance(value, bool) else value.minutes for name, value in wanted.items()}
    return {name: PowerSetting(name, number) for name, number in numbers.items()}


def _agents(mac: Mac) -> dict[str, LaunchAgent]:
    wanted = mac.section("agent", Agent)
    found = {"autostart": LaunchAgent("io.carbon-fleet.autostart")} if wanted.autostart == "login" else {}
    if wanted.autostart == "boot":
        found["boot"] = LaunchAgent("io.carbon-fleet.boot", daemon=True)
    if wanted.drift:
        found["drift"] = LaunchAgent("io.carbon-fleet.drift", wanted.drift.every.seconds)
    if wanted.pull:
        pull = wanted.pull
        says = (("--from", pull.url), ("--file", pull.file), ("--window", pull.window))
        found["pull"] = LaunchAgent("io.carbon-fleet.pull", pull.every.seconds, says)
    return found


def _environments(mac: Mac) -> dict[str, PythonEnvironment]:
    wished = mac.section("environments", Environments).wished if runtimes.environments(mac) else {}
    return {
        name: PythonEnvironment(
            name,
            one.python or "",
            locks.read(one.lock.content, one.python or "").packages,
            one.imports or (),
            one.prove,
        )
        for name, one in wished.items()
        if one.lock is not None
    }


def _units(mac: Mac) -> tuple[Unit, ...]:
    return units(mac.section("stacks", Stacks), mac)


def _openings(mac: Mac, *on_these: RuntimeName) -> dict[str, Opening]:
    """The ports that are published, by what they are for: `shop.web:8080`, `carbon-base.ssh:2222`."""
    on = (each for each in openings(runtimes.stacks_on(mac, *(on_these or runtimes.QUADLET))) if each.on)
    return {f"{each.stack.name}.{each.service or each.container}:{each.port.outer}": each for each in on}


def _tcp(found: Mapping[str, Opening]) -> dict[str, Opening]:
    return {name: one for name, one in found.items() if one.port.kind == "tcp"}


def _own(found: Mapping[str, Opening]) -> dict[str, Opening]:
    return {name: one for name, one in _tcp(found).items() if not one.network}


def runtime_of(opening: Opening, mac: Mac) -> RuntimeName:
    """What runs the stack whose port it is."""
    return runtimes.of_stack(opening.stack, mac)


def _formulae(mac: Mac) -> dict[str, Formula]:
    wished = dict(homebrew(mac).formulae) if runtimes.brewed(mac) else {}
    if APPLE not in mac.section("homebrew", Homebrew).formulae:
        # Its own package does as well: it is looked at where it is.
        wished.pop(APPLE, None)
    return {name: Formula(name, wish) for name, wish in wished.items() if wish is not None}


def _casks(mac: Mac) -> tuple[str, ...]:
    return mac.section("homebrew", Homebrew).casks if runtimes.brewed(mac) else ()


EACH: Mapping[str, Callable[[Mac], Mapping[str, Any]]] = {
    "tap": lambda mac: {tap: tap for tap in homebrew(mac).taps} if runtimes.brewed(mac) else {},
    "formula": _formulae,
    "pinned_formula": lambda mac: {name: one for name, one in _formulae(mac).items() if one.wish.pin},
    "cask": lambda mac: dict(zip(casks := _casks(mac), casks, strict=True)),
    "lima_instance": instances,
    "docker_desktop": lambda mac: dict.fromkeys(["app"], "/Applications/Docker.app") if runtimes.docker(mac) else {},
    "power_setting": lambda mac: _power(mac) if not mac.linux else {},
    "guest_file": lambda mac: {path: (path, file) for path, file in files(guest(mac), mac).items()},
    "launch_agent": lambda mac: _agents(mac) if not mac.linux else {},
    "environment": _environments,
    "proving_environment": lambda mac: {
        name: one for name, one in _environments(mac).items() if one.prove not in (None, "none")
    },
    "guest_unit": lambda mac: {name: (name, unit) for name, unit in guest(mac).units.items()},
    "model": lambda mac: {name: (name, model) for name, model in needed(mac.section("models", Models), mac)},
    "secret": lambda mac: {name: KeptSecret(name) for name in used(mac)},
    "machine_secret": lambda mac: {name: KeptSecret(name) for name in used(mac, *runtimes.QUADLET)},
    "docker_setting": lambda mac: docker_settings(mac.section("docker", Docker)) if runtimes.docker(mac) else {},
    "docker_image": lambda mac: {recipe.name: recipe for recipe in DOCKER.images(mac)},
    "docker_model": lambda mac: dict(needed(mac.section("models", Models), mac, runtimes.DOCKER)),
    "apple_container": lambda mac: {"services": "container"} if runtimes.apple_container(mac) else {},
    "apple_image": lambda mac: {recipe.name: recipe for recipe in recipes_on(mac, runtimes.APPLE)},
    "apple_service": lambda mac: {one.container_name: one for one in apple_services(mac)},
    "service": lambda mac: {one.container_name: one for one in services(mac)},
    "job": lambda mac: {one.name: one for one in jobs(mac)},
    "native_model": lambda mac: dict(needed(mac.section("models", Models), mac, runtimes.NATIVE)),
    "recipe": lambda mac: {recipe.name: recipe for recipe in recipes(mac)},
    "unit": lambda mac: {unit.container_name: unit for unit in _units(mac)},
    "healthy_unit": lambda mac: {unit.container_name: unit for unit in _units(mac) if unit.container.health},
    "own_image_unit": lambda mac: {unit.container_name: unit for unit in _units(mac) if unit.image},
    "foreign_image_unit": lambda mac: {unit.container_name: unit for unit in _units(mac) if not unit.image},
    "opening": _openings,
    "own_opening": lambda mac: _own(_openings(mac)),
    "mac_opening": lambda mac: _tcp(_openings(mac, *ON_THE_MAC)),
    "own_mac_opening": lambda mac: _own(_openings(mac, *ON_THE_MAC)),
    "cuda_unit": lambda mac: {unit.container_name: unit for unit in _units(mac) if unit.container.gpu == "cuda"},
    "gpu_unit": lambda mac: {unit.container_name: unit for unit in _units(mac) if unit.container.gpu == "venus"},
    "check_unit": lambda mac: {
        unit.container_name: unit for unit in _units(mac) if unit.container.image == CHECK_IMAGE
    },
}
"""The things a test is made for each of, by the name of the fixture that holds one: their ids and themselves."""
