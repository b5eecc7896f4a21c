"""Three answers to whether a Mac's things go together: known good, known bad, unknown. What nobody saw is not fine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from carbon_fleet.lock.rules import Rule
from carbon_fleet.lock.things import NONE, name_of
from carbon_fleet.spec import LockedSet
from carbon_fleet.spec.locked import sha256s

BOTTLE = "bottle."


class Answer(StrEnum):
    """What is known of a tuple of versions."""

    GOOD = "known good"
    """Seen working, as a whole, on a Mac of this lab: its lock says so."""
    BAD = "known bad"
    """A rule speaks against it."""
    UNKNOWN = "unknown"
    """No rule speaks against it, and nobody saw it work."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as a set of the lock has it; `none`: not there, empty: not known."""

    name: str
    seen: str
    locked: str


@dataclass(frozen=True)
class Verdict:
    """The answer and what it stands on.

    `broken` are the rules that speak against it, `open` those of which something is not known. `nearest` is the set of
    the lock it was compared with, `differs` what is other there.
    """

    answer: Answer
    broken: tuple[Rule, ...] = ()
    open: tuple[Rule, ...] = ()
    nearest: LockedSet | None = None
    differs: tuple[Difference, ...] = ()


def judge(
    things: Mapping[str, str],
    rules: Iterable[Rule],
    sets: Sequence[LockedSet] = (),
    bottles: Mapping[str, str] | None = None,
) -> Verdict:
    """The verdict over a Mac's things and bottles, by the rules and the sets of the lab's lock."""
    met = [(rule, rule.meets(things)) for rule in rules]
    broken = tuple(rule for rule, answer in met if answer)
    undecided = tuple(rule for rule, answer in met if answer is None)
    nearest = min(sets, key=lambda each: (len(differences(things, each, bottles)), each.macs), default=None)
    differs = differences(things, nearest, bottles) if nearest else ()
    if broken:
        return Verdict(Answer.BAD, broken, undecided, nearest, differs)
    good = nearest is not None and bool(nearest.verified) and not differs and not undecided
    return Verdict(Answer.GOOD if good else Answer.UNKNOWN, (), undecided, nearest, differs)


def differences(
    things: Mapping[str, str], locked: LockedSet, bottles: Mapping[str, str] | None = None
) -> tuple[Difference, ...]:
    """What is not as a set has it; a thing that only one side mentions is empty on the other.

    A bottle is a thing of its own (`bottle.podman`) where its formula is of the locked version and both sha256s are
    known: it was made anew without another version.
    """
    names = sorted({*things, *locked.things})
    pairs = ((name, things.get(name, ""), locked.things.get(name, "")) for name in names)
    moved = [Difference(*each) for each in pairs if each[1] != each[2] and not _nowhere(each[1], each[2])]
    return (*moved, *_bottles({each.name for each in moved}, sha256s(bottles or {}), sha256s(locked.bottles)))


def _bottles(moved: set[str], seen: Mapping[str, str], locked: Mapping[str, str]) -> Iterator[Difference]:
    for name in sorted(seen.keys() & locked.keys()):
        if seen[name] != locked[name] and name_of(name) not in moved:
            yield Difference(f"{BOTTLE}{name}", seen[name], locked[name])


def _nowhere(seen: str, locked: str) -> bool:
    """What one side does not mention and the other says is not there."""
    return {seen, locked} == {"", NONE}
