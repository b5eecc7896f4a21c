"""Where each secret of a Mac comes from, who uses it, and where its copies are: never what it is."""

from dataclasses import asdict, dataclass
from typing import Any

from carbon_fleet.plan import World
from carbon_fleet.snapshot import Unreadable
from operations import runtimes
from operations.secret.machine import read_copies
from operations.secret.seen import read
from operations.secret.wish import Secrets
from operations.stack.secrets import used


@dataclass(frozen=True)
class State:
    """One secret. `on_mac` is yes, no or unknown; `in_machine` the Mac's, another one, none or unknown."""

    name: str
    source: str
    used_by: tuple[str, ...]
    on_mac: str
    in_machine: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "used_by": list(self.used_by)}


def states(world: World) -> tuple[State, ...]:
    """The used secrets, then those that the lab file names and nobody uses."""
    wished, users = world.mac.section("secrets", Secrets), used(world.mac)
    names = (*users, *(name for name in wished.root if name not in users))
    return tuple(_state(name, wished.of(name).source, users.get(name, ()), world) for name in names)


def _state(name: str, source: str, users: tuple[str, ...], world: World) -> State:
    if not users:
        return State(name, source, (), "not used", "not used")
    try:
        mine = read(world.snapshot.section("secret")).of(name)
    except Unreadable:
        return State(name, source, users, "unknown", "unknown")
    on_mac = "yes" if mine.kind == "regular" else "no"
    if name not in used(world.mac, *runtimes.QUADLET):
        # No copy is kept elsewhere: what runs is given the Mac's own when it is made, or starts.
        return State(name, source, users, on_mac, "not used")
    try:
        copy = read_copies(world.snapshot.section("stack")).copies.get(name)
    except Unreadable:
        return State(name, source, users, on_mac, "unknown")
    return State(name, source, users, on_mac, _compared(copy, mine.fingerprint))


def _compared(copy: str | None, fingerprint: str) -> str:
    same = bool(copy) and copy == fingerprint
    return "none" if copy is None else "the Mac's" if same else "another one"
