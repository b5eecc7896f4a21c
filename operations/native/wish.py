"""What a lab file may say of programs on the Mac itself, and what a stack needs to say for that."""

from collections.abc import Iterator, Mapping

from pydantic import Field

from carbon_fleet import assets
from carbon_fleet.spec import Mac, Problem, Size, Wish
from operations import runtimes
from operations._definitions import unknown
from operations.native.workload import texts, workload
from operations.render.launchd import PLACE, places
from operations.stack.container import Container
from operations.stack.wish import Stack

_Path = tuple[str | int, ...]


class Natively(Wish):
    """What `native:` in a lab file may say."""

    log: Size = Field(default=Size.parse("10MiB"), ge=Size.parse("64KiB"))
    """How large a program's log grows before it is put aside; the two before it are kept."""


def check(wanted: Natively, mac: Mac) -> Iterator[Problem]:
    """Stacks that do not say how they run without containers, and what there is not for them."""
    for place, stack in enumerate(runtimes.all_stacks(mac)):
        if runtimes.of_stack(stack, mac) == runtimes.NATIVE:
            path: _Path = ("stacks", place, "runtime") if stack.runtime else ("stacks", place)
            if mac.user is None:
                why = "its programs are told whole paths, and `~` is the login user's home"
                yield Problem(path, "nobody says whose programs these are", why, "write `user: NAME` for this Mac")
                return
            for name, container in stack.members().items():
                inside = ("stacks", place, "containers", name) if stack.containers is not None else path
                yield from _of_one(stack, name, container, mac, (path, inside))


def _of_one(stack: Stack, name: str, container: Container, mac: Mac, at: tuple[_Path, _Path]) -> Iterator[Problem]:
    path, inside = at
    if container.native is None:
        what = f"`{name}` of the stack `{stack.name}` cannot run without a container"
        why = f"its programs are in the image `{container.image}`, and nothing says which of the Mac's do the same"
        able = ", ".join(f"`{one}`" for one in runtimes.able(stack) if one != runtimes.NATIVE)
        yield Problem(path, what, why, f"write `runtime:` with one that can carry it: {able}; or leave the stack out")
        return
    for kind, folder, said in (
        ("start script", "start", container.native.start),
        ("check", "check", container.native.check),
    ):
        known = assets.names(f"native/{folder}", ".sh")
        if said is not None and said not in known:
            yield unknown(kind, said, known, (*inside, "native", folder))
            return
    yield from _impossible(name, container, inside)
    yield from _environment(container, mac, inside)
    yield from _places(stack, name, container, mac, inside)


def _impossible(name: str, container: Container, path: _Path) -> Iterator[Problem]:
    if container.devices:
        why = "they are nodes of Linux, and a program of the Mac asks macOS"
        yield Problem(path, f"`{name}` is given devices, and there are none", why, "leave `devices` out")
    for volume in container.volumes:
        if volume.startswith("/"):
            what, why = f"`{volume}` is a folder of a virtual machine", "there is none between, and nothing is mounted"
            yield Problem(path, what, why, "write a folder of the Mac (`~/folder:/path`), or a volume (`NAME:/path`)")


def _environment(container: Container, mac: Mac, path: _Path) -> Iterator[Problem]:
    """An environment that the Mac does not have. Where nothing of this Mac knows of environments, none is missed."""
    section, name = mac.sections.get("environments"), container.native.environment if container.native else None
    known = getattr(section, "root", section)
    if name is not None and isinstance(known, Mapping) and known.get(name) is None:
        what, why = f"this Mac has no environment `{name}`", "its programs come from there"
        ready = assets.folders("environments")
        how = f"write `environments: {{{name}: {{}}}}`"
        if name not in ready:
            others = ", ".join(f"`{one}`" for one in ready)
            how = f"describe it: `environments: {{{name}: …}}`; or name one that is ready-made: {others}"
        yield Problem((*path, "native", "environment"), what, why, how)


def _places(stack: Stack, name: str, container: Container, mac: Mac, path: _Path) -> Iterator[Problem]:
    """Places in braces that nothing is published, kept or given at."""
    made = workload(stack.name, name, container, mac)
    known = places(made, "")
    for place in dict.fromkeys(found[0] for text in texts(made) for found in PLACE.finditer(text)):
        if place not in known:
            what = f"`{place}` in `native` of `{name}` stands for nothing"
            why = "neither its ports, its volumes and models nor its secrets have that"
            yield Problem(
                (*path, "native"), what, why, f"write one of {', '.join(f'`{one}`' for one in sorted(known))}"
            )
