"""What a lab file may say of Apple's `container`, and what its containers cannot be given."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from pydantic import Field

from carbon_fleet.spec import Duration, Mac, Problem, Size, Wish
from operations import runtimes
from operations.stack.container import Container
from operations.stack.wish import Stack
from operations.stack.words import published

MIB = 2**20
LEAST = Size.parse("200MiB")
"""What it refuses less memory than (apple/container, `ContainersService.swift`)."""
OTHERS = "`podman-libkrun`, `podman-applehv` and `docker`"
"""The runtimes of a Mac that can what it cannot."""
PODMAN = "`podman-libkrun` and `podman-applehv`"
_Path = tuple[str | int, ...]


class AppleContainer(Wish):
    """What `apple_container:` in a lab file may say of Apple's `container`."""

    install_kernel: bool = True
    """Whether it may fetch the Linux kernel it recommends, which it asks about at its first start."""
    cpus: int | None = Field(default=None, ge=1, le=64)
    """How many CPUs each container gets; left out, its own 4."""
    memory: Size | None = Field(default=None, ge=LEAST)
    """How much memory a container gets that says nothing of it; left out, its own 1 GiB."""
    start_timeout: Duration = Duration.parse("2m")
    """How long its services may take to answer once they are started."""


def check(wanted: AppleContainer, mac: Mac) -> Iterator[Problem]:
    """What its containers cannot be given, each at its stack's line, with the runtimes that can."""
    holders: dict[str, str] = {}
    for place, stack in enumerate(runtimes.all_stacks(mac)):
        if runtimes.of_stack(stack, mac) == runtimes.APPLE:
            path: _Path = ("stacks", place, "runtime") if stack.runtime else ("stacks", place)
            for name, container in runtimes.fitted(stack, mac).members().items():
                for what, why, write in _cannot(container):
                    yield Problem(path, f"`{name}` of the stack `{stack.name}` {what}", why, write)
                yield from _shared(stack, name, container, path, holders)


def _cannot(container: Container) -> Iterator[tuple[str, str, str]]:
    """What is wrong, why, and what to write."""
    other = "write `runtime:` with one that has: {}; or leave `{}` out"
    if container.devices:
        why = "`container` has no devices to give"
        yield "is given `devices`, which the runtime `apple-container` cannot do", why, other.format(PODMAN, "devices")
    if container.models:
        why = "they lie in the Podman machine"
        yield "is given `models`, which the runtime `apple-container` cannot do", why, other.format(PODMAN, "models")
    if container.network not in (None, "none"):
        what = f"is to have the `network` `{container.network}`, which the runtime `apple-container` has not"
        yield what, "its containers have its own network, or `none`", other.format(OTHERS, "network")
    if container.memory is not None and container.memory < LEAST:
        what = f"is to have `memory: {container.memory}`, and the runtime `apple-container` gives no less than {LEAST}"
        yield what, "each of its containers is a virtual machine", f"write `memory: {LEAST}` or more"
    yield from _ports(container)
    yield from _secrets(container)


def _ports(container: Container) -> Iterator[tuple[str, str, str]]:
    seen = [(port.outer, port.kind) for port in map(published, container.ports)]
    twice = sorted({str(number) for number, kind in seen if seen.count((number, kind)) > 1})
    if twice:
        what = f"publishes the port {', '.join(twice)} at two addresses, which the runtime `apple-container` cannot do"
        write = f"publish it once; or write `runtime:` with one that can: {OTHERS}"
        yield what, "it takes one port number for one port, whatever the address", write


def _secrets(container: Container) -> Iterator[tuple[str, str, str]]:
    """The folder of a secret's file is shown whole, in the place of the image's own: it must be nobody else's."""
    taken = [PurePosixPath(volume.split(":")[1]) for volume in container.volumes]
    for target in (PurePosixPath(one) for one in container.secrets if one.startswith("/")):
        folder = target.parent
        inside = any(folder == one or folder in one.parents for one in (*taken, *map(PurePosixPath, container.tmpfs)))
        if len(folder.parts) < 3 or inside:
            what = f"finds a secret at `{target}`, and the runtime `apple-container` shows all of `{folder}` for it"
            why = "what the image, a volume or `tmpfs` has there would be hidden"
            yield what, why, f"write a path in a folder of its own, such as `/run/secrets/{target.name}`"


def _shared(stack: Stack, name: str, container: Container, path: _Path, holders: dict[str, str]) -> Iterator[Problem]:
    """A named volume is a disk: one virtual machine has it at a time (apple/container issues 889 and 1133)."""
    for volume in dict.fromkeys(one.split(":")[0] for one in container.volumes if not one.startswith(("/", "~"))):
        first = holders.setdefault(volume, f"`{name}` of `{stack.name}`")
        if first != f"`{name}` of `{stack.name}`":
            what = f"`{name}` of the stack `{stack.name}` and {first} both have the volume `{volume}`"
            why = "a volume of the runtime `apple-container` is a disk, and one container has it at a time"
            write = f"give them a folder of the Mac (`~/{volume}:/path`); or write `runtime:` with one of {OTHERS}"
            yield Problem(path, what, why, write)
