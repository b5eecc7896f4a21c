"""Mistakes that only a Mac's stacks together can show."""

from collections.abc import Iterator

from carbon_fleet.spec import Mac, Problem
from operations import runtimes
from operations._definitions import unknown
from operations.image import catalogue as images
from operations.secret.well_known import well_known
from operations.stack import cuda, mac_folders, script
from operations.stack.port_checks import port_problems
from operations.stack.quadlet import ACCEPT, container_name, service_name
from operations.stack.settings import problems
from operations.stack.wish import Container, Stack, Stacks, definition, names

_Path = tuple[str | int, ...]
_Member = tuple[_Path, str, str, Container]


def check(wanted: Stacks, mac: Mac) -> Iterator[Problem]:
    """Unknown stacks, images and containers, and what two containers cannot both have."""
    for place, stack in enumerate(wanted.all()):
        path: _Path = ("stacks", place)
        if stack.containers is None and stack.name not in names():
            yield unknown("stack", stack.name, names(), path)
        elif stack.containers == {}:
            yield Problem(
                (*path, "containers"), f"the stack `{stack.name}` has no containers", "", "leave the stack out"
            )
        yield from _choices(stack, path)
        if stack.name in [other.name for other in wanted.all()[:place]]:
            yield Problem(path, f"the stack `{stack.name}` is there twice", "", "leave one of them out")
    members = tuple(_members(wanted))
    for member in members:
        yield from _alone(member, members, mac)
    yield from _names(members)
    yield from port_problems(wanted)
    yield from runtimes.problems(mac)


def _choices(stack: Stack, path: _Path) -> Iterator[Problem]:
    """Settings and services there are not."""
    settings = definition(stack.name).settings if stack.containers is None and stack.name in names() else {}
    yield from problems(settings, stack.settings, (*path, "settings"))
    services = tuple(dict.fromkeys(name for member in stack.written().values() for name in member.services))
    for name in stack.services:
        if name not in services:
            yield unknown(f"service in the stack `{stack.name}` named", name, services, (*path, "services", name))


def _members(wanted: Stacks) -> Iterator[_Member]:
    for place, stack in enumerate(wanted.all()):
        for name, container in stack.members().items():
            inside: _Path = ("containers", name) if stack.containers is not None else ()
            yield ("stacks", place, *inside), stack.name, name, container


def _alone(member: _Member, members: tuple[_Member, ...], mac: Mac) -> Iterator[Problem]:
    path, stack, name, container = member
    if "/" not in container.image and container.image not in images.names():
        yield unknown("image", container.image, images.names(), (*path, "image"))
    beside = {other: each for _, of, other, each in members if of == stack}
    for earlier in container.after:
        if earlier not in beside:
            yield unknown(f"container in the stack `{stack}` named", earlier, tuple(sorted(beside)), (*path, "after"))
    yield from mac_folders.problems(container, mac, (*path, "volumes"))
    yield from script.problems(container, (*path, "start"))
    if name in _before(name, beside):
        yield Problem(
            (*path, "after"), f"`{name}` is to start after itself", "these make a circle", "leave one of them out"
        )
    yield from cuda.problems(name, container, mac, path)
    if container.gpu == "none" and container.gpu_path != "auto":
        why = "it has no GPU to find a way to"
        yield Problem((*path, "gpu_path"), f"`{name}` has no GPU", why, "write `gpu: venus` too, or leave it out")
    yield from well_known(container, path)
    if container.environment.get(ACCEPT, "apple") != "apple":
        why = "it decides what passes for a GPU, and the Mac decides that"
        write = "leave it out, and set `accept_software_gpu: true` on a Mac that is simulated"
        yield Problem((*path, "environment", ACCEPT), f"{ACCEPT} is not a stack's to weaken", why, write)


def _before(name: str, beside: dict[str, Container]) -> set[str]:
    """Every container that has to be there first."""
    found: set[str] = set()
    todo = [name]
    while todo:
        for earlier in beside[todo.pop()].after:
            if earlier in beside and earlier not in found:
                found.add(earlier)
                todo.append(earlier)
    return found


def _names(members: tuple[_Member, ...]) -> Iterator[Problem]:
    taken: dict[str, tuple[str, str]] = {}
    for path, stack, name, _ in members:
        for word in (container_name(stack, name), service_name(stack, name)):
            other = taken.setdefault(word, (stack, name))
            if other[0] != stack:
                what = f"`{name}` of `{stack}` and `{other[1]}` of `{other[0]}` would both be named `{word}`"
                yield Problem(path, what, "", "rename one of them")
