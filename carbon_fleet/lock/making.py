"""Makes a lab's lock from what passed verifies saw: Macs that are equal stand in one set."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from carbon_fleet.lock.judge import BOTTLE, Difference, differences
from carbon_fleet.lock.rules import Rule
from carbon_fleet.lock.seen import Seen
from carbon_fleet.spec import LockedSet, LockFile

MAPS = ("things", "taps", "bottles")
"""What Macs have to be equal in to stand in one set."""


@dataclass(frozen=True)
class Verified:
    """What a passed verify saw of a Mac, and that run's name."""

    run: str
    seen: Seen


@dataclass(frozen=True)
class Moving:
    """What of a Mac's lock would move, and the rules that speak against what would be locked then.

    `rest` are things that moved on the Mac and are not chosen: they stay as they are locked, so that the whole of what
    would be locked was not seen.
    """

    mac: str
    moves: tuple[Difference, ...]
    broken: tuple[Rule, ...] = ()
    rest: tuple[str, ...] = ()


def locked_now(lock: LockFile | None, lab: str, macs: Sequence[str], verified: Mapping[str, Verified]) -> LockFile:
    """The lock with each of these Macs that a verify passed on; one it names already stays as it is."""
    old = lock.by_mac if lock else {}
    singles = {mac: _single(mac, old[mac]) for mac in macs if mac in old}
    new = {mac: _of(mac, verified[mac]) for mac in macs if mac not in old and mac in verified}
    return _file(lab, {**singles, **new})


def moving(
    lock: LockFile, macs: Sequence[str], verified: Mapping[str, Verified], names: Collection[str], rules: Sequence[Rule]
) -> Iterator[Moving]:
    """What `lock --upgrade` would move, of each of these Macs that is in the lock; of the things `names`, or of all."""
    for mac in macs:
        old, new = lock.of(mac), verified.get(mac)
        if old is None or new is None:
            continue
        found = differences(new.seen.things, old, new.seen.bottles)
        moves = tuple(each for each in found if not names or each.name in names)
        if moves:
            things = _moved(old, new, moves).things
            broken = tuple(rule for rule in rules if rule.meets(things))
            yield Moving(mac, moves, broken, tuple(each.name for each in found if each not in moves))


def upgraded(
    lock: LockFile, macs: Sequence[str], moves: Sequence[Moving], verified: Mapping[str, Verified]
) -> LockFile:
    """The lock once these moves are made; Macs that are no more in the lab's `macs` are gone from it."""
    singles = {mac: _single(mac, each) for mac, each in lock.by_mac.items() if mac in macs}
    for move in moves:
        singles[move.mac] = _single(move.mac, _moved(singles[move.mac], verified[move.mac], move.moves))
    return _file(lock.lab, singles)


def _moved(old: LockedSet, new: Verified, moves: Sequence[Difference]) -> LockedSet:
    names = {move.name for move in moves}
    whole = names >= {each.name for each in differences(new.seen.things, old, new.seen.bottles)}
    runs = dict.fromkeys(old.macs, new.run) if whole else {}

    def mixed(was: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
        chosen = {key for key in {*was, *now} if whole or names & {key, f"formula.{key}", f"{BOTTLE}{key}"}}
        kept = {key: value for key, value in was.items() if key not in chosen}
        return dict(sorted({**kept, **{key: now[key] for key in chosen if key in now}}.items()))

    maps = {name: mixed(getattr(old, name), getattr(new.seen, name)) for name in MAPS}
    return old.model_copy(update={"verified": runs, **maps})


def _of(mac: str, new: Verified) -> LockedSet:
    seen = new.seen
    return LockedSet.model_construct(
        macs=(mac,), verified={mac: new.run}, things=seen.things, taps=seen.taps, bottles=seen.bottles
    )


def _single(mac: str, old: LockedSet) -> LockedSet:
    """One Mac's own part of a set."""
    return old.model_copy(
        update={"macs": (mac,), "verified": {key: run for key, run in old.verified.items() if key == mac}}
    )


def _file(lab: str, singles: Mapping[str, LockedSet]) -> LockFile:
    groups: dict[str, list[LockedSet]] = {}
    for each in (singles[mac] for mac in sorted(singles)):
        alike = repr([sorted(getattr(each, name).items()) for name in MAPS])
        groups.setdefault(alike, []).append(each)
    return LockFile(format_version=1, lab=lab, sets=tuple(_together(group) for group in groups.values()))


def _together(group: Sequence[LockedSet]) -> LockedSet:
    macs = tuple(mac for each in group for mac in each.macs)
    verified = {mac: run for each in group for mac, run in each.verified.items()}
    return group[0].model_copy(update={"macs": macs, "verified": verified})
