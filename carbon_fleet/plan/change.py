"""What a difference is, once found: a Change to make, a Refusal that says why nothing may be made, a Notice."""

from dataclasses import dataclass
from enum import StrEnum

from carbon_fleet.plan.command import Command

Value = str | int | bool | None


class Action(StrEnum):
    """What a Change does to the thing at its address."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    MOVE = "move"
    DELETE = "delete"
    RUN = "run"


@dataclass(frozen=True)
class Attribute:
    """One attribute that is not as wished: its name, what it is and what it should be (None: not there)."""

    name: str
    before: Value
    after: Value


@dataclass(frozen=True)
class Delivery:
    """A file that a Mac's cache must hold before a Change's commands run: `name` for people, known by its sha256.

    `source` is a URL or a path on the machine carbon-fleet runs on, `size` its bytes, 0 where nobody said. With
    `by_mac` the Mac fetches it by itself.
    """

    name: str
    sha256: str
    source: str
    size: int = 0
    by_mac: bool = False


@dataclass(frozen=True)
class Bring:
    """An image that another Mac of the lab has built, and whose layers are brought from its machine to this one's.

    `tag` is its whole reference, `inputs` the digest its label must have, `builder` that Mac's name; each step may take
    `seconds`. `engine` is what has it on both Macs, "" the Podman machine.
    """

    tag: str
    inputs: str
    builder: str
    seconds: int
    engine: str = ""


@dataclass(frozen=True)
class Change:
    """One difference, with the commands that remove it.

    `address` is `resource.thing` (`machine.carbon`, `homebrew.formula.podman`); `at_stake` names what a person could
    lose or be interrupted in; a `replace` or a `move` is only run with consent. `deliveries` are files the commands
    need. One with a `bring` has no commands: what it takes goes on between two Macs. `event` is what made it due by
    itself, such as a time that is up ("": nothing did).
    """

    address: str
    action: Action
    attributes: tuple[Attribute, ...]
    reason: str
    commands: tuple[Command, ...]
    at_stake: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    bring: Bring | None = None
    event: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why a Mac is left as it is: a stable reason code, what is wrong, why it matters and the exact remedy."""

    address: str
    code: str
    what: str
    why: str
    remedy: str


@dataclass(frozen=True)
class Notice:
    """What a person should know though nothing is done about it: same words as a Refusal, but the work goes on."""

    address: str
    code: str
    what: str
    why: str
    remedy: str


Finding = Change | Refusal | Notice
