"""A stack moves from one runtime to another as one Change, its volumes with it: saved, brought, compared.

The note that the scripts leave says how far it is (`files/moving/lib.sh`). A step that fails puts the old one back by
itself; a run that is cut off is gone on with by the next one. See docs/moving.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Refusal, Resource, World
from carbon_fleet.spec import Mac
from operations import _moves as moves
from operations import runtimes
from operations._moves import Carrier, MovingSeen, Note, family
from operations.apple_container.carrier import CARRIER as APPLE
from operations.docker.carrier import CARRIER as DOCKER
from operations.homebrew.wish import Homebrew
from operations.machine.wish import Machine
from operations.moving import kept
from operations.moving.commands import Way, bring, guarded, save, settle, way
from operations.moving.stake import stake
from operations.moving.wish import Moving
from operations.native.carrier import CARRIER as NATIVE
from operations.stack.carrier import CARRIER as PODMAN
from operations.stack.wish import Stack

__all__ = ["RESOURCE", "Moving", "MovingSeen", "differences"]

CARRIERS: Mapping[str, Carrier] = {carrier.family: carrier for carrier in (PODMAN, DOCKER, APPLE, NATIVE)}
"""By family: what each runtime's package tells."""
STATE = "~/.local/state/carbon-fleet"


def differences(wanted: Moving, seen: MovingSeen, world: World) -> Iterator[Finding]:
    """What earlier moves keep, then what was cut off, then what another runtime carries."""
    stacks = {stack.name: stack for stack in runtimes.all_stacks(world.mac)}
    yield from kept.findings(wanted, seen, world)
    for name, note in seen.notes.items():
        yield _gone_on_with(name, note, stacks.get(name), world)
    for name, runtime in moves.shut(world, seen):
        if not _starts(runtime, world):
            yield _cannot_be_seen(name, runtime, world)
    for name, source in seen.carried.items():
        if name not in seen.notes and name in stacks:
            target = runtimes.of_stack(stacks[name], world.mac)
            if family(target) not in CARRIERS:
                yield _by_hand(name, source, target)
            elif source in seen.closed and not _starts(source, world):
                yield _cannot_be_seen(name, source, world)
            else:
                yield _move(stacks[name], source, target, seen, world)


def _move(stack: Stack, source: str, target: str, seen: MovingSeen, world: World) -> Change:
    of = way(stack.name, source, target, world)
    commands = (save(of, stack, world), bring(of), *_arrival(of, world))
    reason = f"the lab file has it on {target}, and {source} carries it"
    attribute = Attribute("runtime", source, target)
    at_stake = stake(stack, source, target, seen, world)
    return Change(f"moving.{stack.name}", Action.MOVE, (attribute,), reason, commands, at_stake)


def _arrival(of: Way, world: World, *, again: bool = False) -> tuple[Command, ...]:
    """The new one up and well, and then the old one gone."""
    up = CARRIERS[family(of.target)].arrive(of.stack, world)
    return (*(guarded(of, command, again=again) for command in up), settle(of))


def _gone_on_with(name: str, note: Note, stack: Stack | None, world: World) -> Change:
    """What is left to do of a move that was cut off. It had consent, and needs no second one."""
    of = way(name, note.source, note.target, world)
    wished = runtimes.of_stack(stack, world.mac) if stack else ""
    attribute = Attribute("move", note.phase, None)
    reason = f"carbon-fleet was cut off while it moved {name} from {note.source} to {note.target}"
    if note.phase == "arrived":
        commands: tuple[Command, ...] = (settle(of),)
    elif stack is None or family(wished) != family(note.target):
        reason += ", which is not wished any more"
        commands = (of.script("back", says=f"put {name} back on {note.source}"),)
        if note.phase == "brought":
            stake = (f"what was written on {note.target} since {note.folder}, should it have run there",)
            return Change(f"moving.{name}", Action.MOVE, (attribute,), reason, commands, stake)
    else:
        before = {"saving": (save(of, stack, world), bring(of)), "saved": (bring(of),)}
        commands = (*before.get(note.phase, ()), *_arrival(of, world, again=note.phase == "brought"))
    return Change(f"moving.{name}", Action.RUN, (attribute,), reason, commands)


def _starts(runtime: str, world: World) -> bool:
    """Whether this Mac's own wish has the runtime started before anything is moved."""
    return family(runtime) in {family(name) for name in runtimes.used(world.mac)}


def _cannot_be_seen(stack: str, runtime: str, world: World) -> Refusal:
    machine = world.mac.section("machine", Machine).name
    start = {"podman": f"podman machine start {machine}", "docker": "open -a Docker", "apple": "container system start"}
    what = f"{runtime} carried the stack {stack}, and does not run: what it holds cannot be read"
    why = "the stack would begin with empty volumes on the runtime the lab file names"
    remedy = f"start it, on the Mac: {start[family(runtime)]}; then apply again"
    return Refusal(f"moving.{stack}", "MOVE_SOURCE_STOPPED", what, why, remedy)


def _by_hand(stack: str, source: str, target: str) -> Refusal:
    what = f"{source} carries the stack {stack}, and carbon-fleet moves none from there to {target}"
    remedy = (
        f"write `runtime: {source}` for it; or save its volumes by `carbon-fleet volume export`, take the stack out of "
        f"the lab file and apply, then write it with `runtime: {target}`"
    )
    why = "the stack would begin with empty volumes there, beside the one that runs"
    return Refusal(f"moving.{stack}", "MOVE_NOT_POSSIBLE", what, why, remedy)


def asks(wanted: Moving, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/moving.sh`: for each family the stacks that are not to be on it."""
    stacks = [(stack.name, family(runtimes.of_stack(stack, mac))) for stack in runtimes.all_stacks(mac)]
    due = {one: " ".join(name for name, of in stacks if of != one) for one in CARRIERS}
    names = {f"CF_MOVING_{one.upper()}": text for one, text in due.items()}
    prefix = str(mac.section("homebrew", Homebrew).prefix)
    return {**names, "CF_MOVING_MACHINE": mac.section("machine", Machine).name, "CF_MOVING_PREFIX": prefix}


def removal(wanted: Moving, seen: MovingSeen, before: Mapping[str, Any], world: World) -> Iterator[Finding]:
    """What was cut off ends first; what is kept goes, by consent."""
    stacks = {stack.name: stack for stack in runtimes.all_stacks(world.mac)}
    for name, note in seen.notes.items():
        yield _ended(_gone_on_with(name, note, stacks.get(name), world), world)
    for old in seen.kept:
        if kept.in_use(old, seen, world):
            yield kept.forgotten(old, world)
        elif moves.DELETE not in world.consents:
            what = f"of the stack {old.stack}, which was moved, {old.source} keeps: {', '.join(old.volumes)}"
            remedy = f"apply LAB --purge-old {world.mac.name} removes it; or run this again with --delete-volumes"
            yield Refusal("moving.kept", "CONSENT_MISSING", what, "they would be destroyed", remedy)
        elif family(old.source) not in seen.opened:
            what = f"{old.source} keeps volumes of {old.stack}, which was moved, and does not run"
            yield Refusal(
                "moving.kept", "MOVE_SOURCE_STOPPED", what, "they cannot be removed so", "start it, and run this again"
            )
        else:
            yield kept.removal(old, "the lab leaves this Mac, and its data with it", world)


def _ended(change: Change, world: World) -> Change | Refusal:
    """What is left of a move, for `destroy`: where data may go with it, by the consent that all data needs there."""
    if change.action is not Action.MOVE:
        return change
    if moves.DELETE in world.consents:
        return replace(change, action=Action.RUN)
    what, why = f"{change.reason}: at stake: {'; '.join(change.at_stake)}", "it would be destroyed"
    remedy = f"apply LAB --allow-move {world.mac.name} puts it back first; or run this again with --delete-volumes"
    return Refusal(change.address, "CONSENT_MISSING", what, why, remedy)


RESOURCE: Resource[Moving, MovingSeen] = Resource(
    "moving",
    "moving",
    Moving,
    moves.read,
    differences,
    asks=asks,
    places=lambda wanted, mac: (f"{STATE}/moving/", f"{STATE}/moved/"),
    removal=removal,
    applies=runtimes.on_a_mac,
    unsettles=("stack", "docker", "apple_container", "native"),
)
