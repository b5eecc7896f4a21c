"""What is left of an engine's stacks where the lab file names none any more, and what `destroy` takes out of it.

What is on the Mac decides, our folder and the labels of containers and volumes, so that a lost record hides nothing. No
engine is started to look; and what another lab has applied here by its own record is that lab's.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Protocol, Self

from carbon_fleet import assets
from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Notice, Refusal, World, mac, shell
from carbon_fleet.plan import applied as record
from carbon_fleet.snapshot.files import FileSeen
from operations import _moves as moves
from operations import runtimes
from operations.engines import Engine
from operations.services import ContainerSeen
from operations.stack.volumes import CONSENT


class EngineSeen(Protocol):
    """What every engine tells: whether it runs, what of ours is in it, whether our `folder` is there."""

    @property
    def running(self) -> bool:
        """Whether it answers; the rest but files and folder is known only then."""
        ...

    @property
    def folder(self) -> bool:
        """Whether the folder with the stacks' files is there."""
        ...

    @property
    def containers(self) -> Mapping[str, Any]:
        """Its containers by name, others' among them."""
        ...

    @property
    def images(self) -> tuple[str, ...]:
        """The references of ours."""
        ...

    @property
    def strangers(self) -> Mapping[str, str]:
        """Those of the images that containers of others were made from, each with the name of one; these stay."""
        ...

    @property
    def volumes(self) -> Mapping[str, str]:
        """Each volume with its stack ("": others')."""
        ...

    @property
    def files(self) -> Mapping[str, FileSeen]:
        """The stacks' files by stack."""
        ...

    def without(self, stacks: Collection[str]) -> Self:
        """The same but for what these stacks have."""
        ...


def stacks(seen: EngineSeen) -> list[str]:
    """Those of which something is there."""
    made: list[ContainerSeen] = list(seen.containers.values())
    files = {stack for stack, file in seen.files.items() if file.kind != "absent"}
    return sorted(files | {one.stack for one in made if one.stack} | {one for one in seen.volumes.values() if one})


def unwished(
    engine: Engine,
    there: bool,
    seen: EngineSeen,
    orphans: Callable[[Any], Iterator[Change]],
    world: World,
    besides: Iterable[Change] = (),
) -> Iterator[Finding]:
    """All of ours goes but volumes, as a stack's does that leaves an engine in use; the engine itself stays.

    `there` says whether the engine is installed; `orphans` gives containers, jobs and files that nobody wishes,
    `besides` what only its stacks needed. Our folder goes last: as long as it is there the engine is asked.
    """
    labs = of_other_labs(engine.name, world)
    yield from told(engine.name, labs, stacks(seen))
    if moves.unreadable(world):
        return
    apart = moves.held(world) | set(labs)
    ours = seen.without(apart)
    if there and not seen.running and stacks(ours):
        yield _stopped(engine, stacks(ours))
        return
    yield from orphans(ours)
    yield from engine.unused_volumes(ours.volumes, world)
    if not apart and (seen.running or not there):
        used = seen.strangers
        yield from engine.unused_images({*seen.images} - used.keys(), ())
        yield from engine.kept_images(used, ())
        yield from besides
        yield from _folder(engine, seen, world)


def _stopped(engine: Engine, names: list[str]) -> Refusal:
    what = f"{engine.runtime} has stacks that the lab file does not name there any more, and does not run"
    why = f"what is left in it cannot be removed, and would start with it again: {', '.join(names)}"
    remedy = f"start it, on the Mac: {engine.start}; then apply again"
    return Refusal(f"{engine.name}.stack", "RUNTIME_LEFT_STOPPED", what, why, remedy)


def _folder(engine: Engine, seen: EngineSeen, world: World) -> Iterator[Change]:
    kept = moves.kept(world, moves.family(engine.runtime))
    stay = [name for name, stack in seen.volumes.items() if name in kept or (stack and CONSENT not in world.consents)]
    if seen.folder and not stay and not seen.strangers:
        attribute = Attribute("folder", engine.folder, None)
        reason = f"nothing of {engine.runtime} is wished, and nothing of ours is left in it"
        yield Change(f"{engine.name}.folder", Action.DELETE, (attribute,), reason, (_forget(engine),))


def _forget(engine: Engine) -> Command:
    text, name = assets.text("engine/forget.sh"), engine.folder.rpartition("/")[2]
    return mac(*shell(text, name), says=f"remove {engine.folder}")


def of_other_labs(name: str, world: World) -> dict[str, str]:
    """The stacks that another lab has applied here by the resource `name`, each with that lab; none of this one's."""
    wished = {stack.name for stack in runtimes.all_stacks(world.mac)}
    words = ((address.split("."), lab) for address, lab in record.others(world.snapshot).items())
    return {at[2]: lab for at, lab in words if at[:2] == [name, "stack"] and len(at) > 2 and at[2] not in wished}


def told(name: str, labs: Mapping[str, str], there: Collection[str]) -> Iterator[Notice]:
    """Of each stack that is there, whose it is."""
    for stack, lab in labs.items():
        if stack in there:
            yield of_another_lab(f"{name}.stack.{stack}", f"the stack {stack}", lab)


def of_another_lab(address: str, what: str, lab: str) -> Notice:
    """What is left alone because another lab of this Mac has it."""
    what, why = f"{what} is of another lab, `{lab}`", "that lab applied it here, by its own record: it was left alone"
    remedy = f"nothing has to be done; if there is no such lab any more: rm {record.path_of(lab)}"
    return Notice(address, "OF_ANOTHER_LAB", what, why, remedy)


def taken_out(
    engine: Engine, seen: EngineSeen, orphans: Callable[[Any], Iterator[Change]], world: World
) -> Iterator[Finding]:
    """For `destroy`: all of ours, volumes too."""
    yield from orphans(seen)
    yield from engine.left_volumes(seen.volumes, (), world)
    yield from engine.unused_images(seen.images, ())


def left(seen: EngineSeen, *more: object) -> bool:
    """Whether something of ours is, or may be, in it, or `more` is there."""
    return bool(seen.images or stacks(seen) or any(more))


def holds_data(engine: Engine, volumes: Collection[str]) -> Refusal:
    """Why an engine's stacks do not go yet."""
    what = f"the stacks go with their volumes: {', '.join(sorted(volumes))}"
    if not volumes:
        what = f"{engine.runtime} came with the lab, goes with all that is in it, and does not run: nobody can look"
    remedy = "copy what you need, then run it again with --delete-volumes"
    return Refusal(f"{engine.name}.volume", "CONSENT_MISSING", what, "they would be destroyed", remedy)


def turned(address: str, command: Command, after: str, reason: str) -> Change:
    """The start or the stop of an engine, to be `running` or `stopped`."""
    before = "running" if after == "stopped" else "stopped"
    return Change(address, Action.RUN, (Attribute("state", before, after),), reason, (command,))
