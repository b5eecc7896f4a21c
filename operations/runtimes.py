"""Which runtimes a Mac's stacks run by, and what each of them needs a GPU for."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from carbon_fleet.spec import Mac, Problem
from carbon_fleet.spec.runtime import ADOPTED as ADOPTED
from carbon_fleet.spec.runtime import CLAIMS, DEFAULT, LINUX, RUNTIMES, RuntimeName

if TYPE_CHECKING:
    from operations.stack.wish import Stack, Stacks

QUADLET: tuple[RuntimeName, ...] = ("podman-libkrun", "podman-applehv", "linux-nvidia")
"""Those whose containers are Quadlet units."""
_PODMAN = "podman-"
DOCKER: RuntimeName = "docker"
"""Docker Desktop, whose containers Compose files make."""
APPLE: RuntimeName = "apple-container"
"""Apple's `container`, each of whose containers is a small virtual machine of its own."""
NATIVE: RuntimeName = "native"
"""The Mac itself: programs that launchd runs, in no container."""
CARRY: tuple[RuntimeName, ...] = tuple(name for name in RUNTIMES if name not in (*ADOPTED, LINUX))
"""Those of a Mac that stacks can run by."""


def of_stack(stack: "Stack", mac: Mac) -> RuntimeName:
    """What a stack of this Mac runs by."""
    return stack.runtime or mac.runtime


def used(mac: Mac) -> tuple[RuntimeName, ...]:
    """The runtimes a Mac has to have: its own, and those that stacks of its name."""
    return tuple(dict.fromkeys([mac.runtime, *(of_stack(stack, mac) for stack in _stacks(mac).all())]))


def podman(mac: Mac) -> bool:
    """Whether a Podman machine is among them."""
    return any(name.startswith(_PODMAN) for name in used(mac)) and not mac.linux


def provider(mac: Mac) -> str:
    """The provider of a Mac's Podman machine: `libkrun`, `applehv`."""
    found = (name.removeprefix(_PODMAN) for name in used(mac) if name.startswith(_PODMAN))
    return next(found, DEFAULT.removeprefix(_PODMAN))


def machine_gpu(mac: Mac) -> bool:
    """Whether a Mac's Podman machine has the GPU."""
    return any(CLAIMS[name] is not None for name in used(mac) if name.startswith(_PODMAN))


def docker(mac: Mac) -> bool:
    """Whether Docker Desktop is among them."""
    return DOCKER in used(mac)


def environments(mac: Mac) -> bool:
    """Whether Python environments are wished on it."""
    from operations.environment.wish import Environments  # they stand on what asks here, at import time

    wish = mac.sections.get("environments")
    return isinstance(wish, Environments) and bool(wish.wished) and not mac.linux


def apple_container(mac: Mac) -> bool:
    """Whether Apple's `container` is among them."""
    return APPLE in used(mac)


def native(mac: Mac) -> bool:
    """Whether programs run on the Mac itself."""
    return NATIVE in used(mac)


def native_formulae(mac: Mac) -> tuple[str, ...]:
    """The formulae that bring the programs a Mac runs itself."""
    said = (container.native for container in stacks_on(mac, NATIVE).containers())
    return tuple(dict.fromkeys(one.formula for one in said if one and one.formula))


def able(stack: "Stack") -> tuple[RuntimeName, ...]:
    """The runtimes of a Mac that can carry a stack: with a GPU where it needs one, natively where it says how."""
    every = (name for name in CARRY if stack.need() != "required" or CLAIMS[name])
    alone = all(container.native for container in stack.members().values())
    return tuple(name for name in every if name != NATIVE or alone)


def adopted(mac: Mac) -> bool:
    """Whether it runs by something that is only looked at: an instance of Lima or Colima."""
    return mac.runtime in ADOPTED


def all_stacks(mac: Mac) -> "tuple[Stack, ...]":
    """Every stack of a Mac, whatever runs it."""
    return _stacks(mac).all()


def quadlet(mac: Mac) -> bool:
    """Whether containers of its run as Quadlet units: in a Podman machine, or on a Linux host itself."""
    return podman(mac) or mac.linux


def on_a_mac(mac: Mac) -> bool:
    """Whether it is a Mac, with Homebrew, launchd and pmset."""
    return not mac.linux


def brewed(mac: Mac) -> bool:
    """Whether it can have anything of Homebrew, for Apple Silicon alone since Homebrew/install pull request 1140."""
    return not mac.linux and not mac.intel


def on_linux(mac: Mac) -> bool:
    """Whether it is a Linux host with NVIDIA's GPU."""
    return mac.linux


def stacks_on(mac: Mac, *runtimes: RuntimeName) -> "Stacks":
    """The stacks of a Mac that run by one of these, without a GPU where their runtime has none."""
    found = _stacks(mac)
    return type(found)(tuple(fitted(stack, mac) for stack in found.all() if of_stack(stack, mac) in runtimes))


def fitted(stack: "Stack", mac: Mac) -> "Stack":
    """The stack as its runtime can carry it: where that has no GPU to give, its containers have none."""
    if CLAIMS[of_stack(stack, mac)] is None:
        return stack.model_copy(update={"gpu": "none"})
    return stack


def problems(mac: Mac) -> Iterator[Problem]:
    """Stacks that cannot do without a GPU, where their runtime has none to give; those of another kind of host.

    And two machines where one can run, and any on an Intel Mac.
    """
    yield from _two_machines(mac)
    yield from _on_intel(mac)
    for place, stack in enumerate(_stacks(mac).all()):
        runtime = of_stack(stack, mac)
        path = ("stacks", place, "runtime") if stack.runtime else ("stacks", place)
        if (runtime == LINUX) is not mac.linux:
            yield _elsewhere(path, stack.name, runtime, mac)
        elif stack.need() == "required" and CLAIMS[runtime] is None:
            what = f"the stack `{stack.name}` needs a GPU, and the runtime `{runtime}` has none to give"
            have = ", ".join(f"`{name}`" for name in able(stack))
            why = "it would compute on the CPU, or not at all"
            yield Problem(path, what, why, f"write `runtime:` with one that has: {have}; or leave the stack out")


def _on_intel(mac: Mac) -> Iterator[Problem]:
    """Docker Desktop alone: podman 6 runs on no Intel Mac (podman pull request 27709), and Homebrew serves none."""
    write = f"write `runtime: {DOCKER}`, whose Docker Desktop still runs there"
    for name in used(mac) if mac.intel else ():
        if name not in (DOCKER, LINUX):
            what = f"`{mac.name}` has an Intel processor, by its `platform`, and is to run `{name}`"
            why = "podman 6 runs on Apple Silicon only, as do krunkit and Homebrew, which would bring it"
            if not name.startswith(_PODMAN):
                why = "what it needs, and Homebrew, which would bring it, is for Apple Silicon only"
            yield Problem(("runtime",), what, why, write)
    if mac.intel and environments(mac):
        what = f"`{mac.name}` has an Intel processor, by its `platform`, and is to have Python environments"
        why = "their locks are for Apple Silicon, as is Homebrew, which would bring uv"
        yield Problem(("environments",), what, why, "write `environments: null` for this Mac")


def _two_machines(mac: Mac) -> Iterator[Problem]:
    machines = [name for name in used(mac) if name.startswith(_PODMAN)]
    for place, stack in enumerate(_stacks(mac).all()):
        if len(machines) > 1 and stack.runtime == machines[1]:
            what = f"the stack `{stack.name}` runs by `{machines[1]}`, and others of this Mac by `{machines[0]}`"
            why = "podman runs one virtual machine per user on a Mac, by one provider"
            yield Problem(("stacks", place, "runtime"), what, why, f"write `runtime: {machines[0]}`, or leave it out")
            return


def _elsewhere(path: tuple[str | int, ...], stack: str, runtime: RuntimeName, mac: Mac) -> Problem:
    """A Mac cannot run what Linux does, nor the other way round."""
    what = f"the stack `{stack}` is to run by `{runtime}`, and `{mac.name}` runs by `{mac.runtime}`"
    if mac.linux:
        return Problem(path, what, f"`{LINUX}` is a Linux host, and that is a Mac's", "leave the stack's `runtime` out")
    why = f"`{LINUX}` is for a Linux host, and this is a Mac"
    return Problem(path, what, why, f"leave it out, or write `runtime: {LINUX}` for the host itself, where it is one")


def _stacks(mac: Mac) -> "Stacks":
    from operations.stack.wish import Stacks  # stacks stand on all that asks here, at import time

    wish = mac.sections.get("stacks")
    return wish if isinstance(wish, Stacks) else Stacks()
