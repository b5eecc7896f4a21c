"""The contract of a resource: what may be wished, how it is seen, what differs."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from carbon_fleet.plan.change import Finding, Notice, Refusal
from carbon_fleet.snapshot import Guest, Section, Snapshot, Unreadable
from carbon_fleet.snapshot.script import Question
from carbon_fleet.spec import Mac, Problem

W = TypeVar("W", bound=BaseModel)
S = TypeVar("S")


def _nowhere(address: str) -> bool:
    return False


def _never(mac: Mac) -> bool:
    return False


@dataclass(frozen=True)
class World:
    """One Mac's wish and one look at it: what `differences` may read besides its own two arguments.

    `consents` is what the run may do that destroys data (`delete-volumes`); `leaves` says which addresses it leaves as
    they are: where one command makes several Changes, it is for the others only.
    """

    mac: Mac
    snapshot: Snapshot
    consents: frozenset[str] = frozenset()
    leaves: Callable[[str], bool] = _nowhere


def _nothing_to_ask(wanted: Any, mac: Mac) -> Mapping[str, str]:
    return {}


def _no_parts(wanted: Any, mac: Mac) -> Mapping[str, Any]:
    return {}


def _no_versions(seen: Any) -> Mapping[str, str]:
    return {}


ITSELF = "itself"
"""In `moved_by`: the version that has the Change's own address."""


def _no_absence(wanted: Any) -> Mapping[str, Any]:
    return {}


def _nothing_found(wanted: Any, seen: Any) -> Mapping[str, Any]:
    return {}


def _no_places(wanted: Any, mac: Mac) -> Iterable[str]:
    return ()


def _nothing_to_remove(wanted: Any, seen: Any, before: Mapping[str, Any], world: World) -> Iterable[Finding]:
    return ()


def _everywhere(mac: Mac) -> bool:
    return True


def _as_it_is(wanted: Any, mac: Mac) -> Any:
    return wanted


def _nothing_to_check(wanted: Any, mac: Mac) -> Iterable[Problem]:
    return ()


@dataclass(frozen=True)
class Resource(Generic[W, S]):
    """One kind of thing a Mac has.

    `name` is its probe section (`files/probe/NAME.sh`) and the first word of its addresses, `key` its key in the lab
    file, `wanted` the model of its wish, `read` types its section (raising `Unreadable`), `differences` is pure. A
    resource `inside` the virtual machine has in `empty` what its section would read in a machine that does not exist
    yet. `asks` are the shell variables its section needs; `check` finds mistakes that only a whole Mac's wish can show.
    On a Mac where it does not `applies` nothing is asked, wished or done: its stacks run by something else. Where it
    `lingers` it is asked all the same, though nothing is wished or noted of it: what is left of it there goes. `fit`
    makes of what the lab file says what is wished on this Mac, where that depends on the runtimes it has.
    Before that, `under` puts into the wish what the Mac says of itself, as soon as the lab file is read. The resources
    it `unsettles` stand before it, and are looked at once more where it changed something.

    The rest tells why a Mac differs (`plan/cause.py`). `parts` are the wished things, plain JSON by address, where one
    can change without the others; `versions` what moves by itself (an update of macOS or Homebrew), by address, each in
    words; `moved_by` which of them explain which attributes: globs over `ADDRESS.ATTRIBUTE` to globs over versions.

    To leave a Mac as it was found (`plan/found.py`): `found` tells of all that the wish names how it is, plain JSON by
    address, `absent` the same of a Mac that has none of it; `places` are paths below `~/` that come with it, of which
    those not there before go at the end (with a `/` at its end: the folder with all that is in it); `removal` is pure,
    and gives the Changes back to what was `before`.
    """

    name: str
    key: str
    wanted: type[W]
    read: Callable[[Section], S]
    differences: Callable[[W, S, World], Iterable[Finding]]
    inside: bool = False
    empty: S | None = None
    asks: Callable[[W, Mac], Mapping[str, str]] = _nothing_to_ask
    check: Callable[[W, Mac], Iterable[Problem]] = _nothing_to_check
    parts: Callable[[W, Mac], Mapping[str, Any]] = _no_parts
    versions: Callable[[S], Mapping[str, str]] = _no_versions
    moved_by: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    found: Callable[[W, S], Mapping[str, Any]] = _nothing_found
    absent: Callable[[W], Mapping[str, Any]] = _no_absence
    places: Callable[[W, Mac], Iterable[str]] = _no_places
    removal: Callable[[W, S, Mapping[str, Any], World], Iterable[Finding]] = _nothing_to_remove
    applies: Callable[[Mac], bool] = _everywhere
    lingers: Callable[[Mac], bool] = _never
    fit: Callable[[W, Mac], W] = _as_it_is
    under: Callable[[W, Mac], W] = _as_it_is
    unsettles: tuple[str, ...] = ()

    def wish(self, mac: Mac) -> W:
        """This resource's part of a Mac's wish."""
        return self.fit(mac.section(self.key, self.wanted), mac)

    def asked(self, mac: Mac) -> bool:
        """Whether this Mac is looked at for it."""
        return self.applies(mac) or self.lingers(mac)

    @property
    def moves(self) -> bool:
        """Whether it has anything that moves by itself."""
        return self.versions is not _no_versions

    def intents(self, mac: Mac) -> dict[str, Any]:
        """What is wished, by address: all of it under the resource's own name, and its `parts`."""
        wish = self.wish(mac)
        return {self.name: wish.model_dump(mode="json"), **self.parts(wish, mac)}

    def question(self, mac: Mac) -> Question:
        """What the probe has to be told to answer this resource's section."""
        return Question(self.name, self.inside, self.asks(self.wish(mac), mac))

    def observe(self, snapshot: Snapshot) -> S:
        """The typed section; of a machine that is not there yet, `empty`. Raises `Unreadable`."""
        if self.inside and snapshot.guest is Guest.ABSENT and snapshot.complete and self.empty is not None:
            return self.empty
        if self.inside and snapshot.guest is Guest.UNREADABLE:
            raise Unreadable(f"{self.name}: the virtual machine could not be entered: {snapshot.guest_detail}")
        return self.read(snapshot.section(self.name))

    def findings(self, world: World) -> tuple[Finding, ...]:
        """The differences of one Mac; nothing while its machine is stopped.

        An unreadable section is a Refusal: nothing is assumed. Of what only may have something left it is a Notice: the
        rest of the Mac does not need it.
        """
        if self.inside and world.snapshot.guest is Guest.STOPPED:
            return ()
        try:
            return tuple(self.differences(self.wish(world.mac), self.observe(world.snapshot), world))
        except Unreadable as unreadable:
            refusal = _unreadable(self.name, unreadable)
            return (refusal if self.applies(world.mac) else Notice(**vars(refusal)),)


def _unreadable(name: str, unreadable: Unreadable) -> Refusal:
    return Refusal(
        address=name,
        code=f"{name.upper()}_UNREADABLE",
        what=str(unreadable),
        why="what cannot be seen is neither taken as missing nor as right",
        remedy="run the same command again; if it stays so, run `carbon-fleet probe LAB MAC` and look at this section",
    )
