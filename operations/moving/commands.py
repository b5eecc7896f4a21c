"""The commands of a move: each a script on the Mac that puts the old stack back where it fails.

Why all of it runs on the Mac: docs/decisions/2026-11-30-moving.md.
"""

from dataclasses import dataclass

from carbon_fleet.plan import Command, Where, World, mac, shell
from operations import _moves as moves
from operations import runtimes
from operations.machine.wish import Machine
from operations.moving.scripts import step
from operations.stack.volumes import named
from operations.stack.wish import Stack, Stacks

CODES = {
    72: "MOVE_VOLUME_THERE",
    79: "MOVE_NOT_BEGUN",
    80: "MOVE_PUT_BACK",
    81: "MOVE_NOT_PUT_BACK",
    82: "MOVE_STANDS",
    88: "MOVE_NO_ROOM",
}
TRANSFER_SECONDS = 12 * 3600
"""Volumes may have hundreds of GB; what goes in and out of a machine that hangs is given up long before."""
BACK_SECONDS = 1800
"""What putting the old one back may take."""


@dataclass(frozen=True)
class Way:
    """One stack on its way: the runtimes, the Podman machine there is, how long its containers may take to work."""

    stack: str
    source: str
    target: str
    machine: str
    seconds: int

    def script(self, name: str, *arguments: str, says: str, deadline: int = BACK_SECONDS) -> Command:
        """`files/moving/NAME.sh` for this stack."""
        words = (self.stack, self.source, self.target, self.machine, str(self.seconds))
        return mac(*shell(step(name), *words, *arguments), says=says, deadline=deadline, codes=CODES)


def way(stack: str, source: str, target: str, world: World) -> Way:
    """How a stack of this Mac goes from one runtime to another."""
    wished = next((one for one in runtimes.all_stacks(world.mac) if one.name == stack), None)
    times = [container.ready_timeout.seconds for container in wished.members().values()] if wished else []
    machine = world.mac.section("machine", Machine).name
    return Way(stack, source, target, machine, max(times, default=300))


def save(of: Way, wished: Stack, world: World) -> Command:
    """Stops the old one and exports every wished volume it has to the Mac, the sha256 the same at both ends."""
    leave = moves.LEAVE in world.consents
    volumes = named(Stacks((wished,)))
    says = f"stop {of.stack}" if leave else f"stop {of.stack} and save its volumes"
    words = ("leave" if leave else "carry", *volumes)
    return of.script("save", *words, says=says, deadline=TRANSFER_SECONDS + BACK_SECONDS)


def bring(of: Way) -> Command:
    """Makes the volumes in the new runtime, and compares every file with what it was."""
    return of.script(
        "bring", says=f"bring the volumes of {of.stack} to {of.target}", deadline=TRANSFER_SECONDS + BACK_SECONDS
    )


def guarded(of: Way, command: Command, *, again: bool = False) -> Command:
    """The same command such that after its failure the old one is put back.

    Where a run before began it (`again`), the new one may have been used since: then nothing is taken away.
    """
    env = [f"{name}={value}" for name, value in sorted(command.env.items())]
    until = str(command.deadline)
    words = ("again" if again else "first", command.where.value, until, *(["env", *env] if env else []), *command.argv)
    made = of.script("guard", *words, says=command.says or str(command), deadline=command.deadline + BACK_SECONDS)
    return Command(made.argv, Where.MAC, command.stdin, made.deadline, says=made.says, codes=CODES)


def settle(of: Way) -> Command:
    """Removes the old one, but its volumes."""
    return of.script("settle", says=f"remove {of.stack} from {of.source}; its volumes stay for a while")
