"""Which formulae of a lock a tap of the lab's own has to hold: which version, of which commit, with which bottles."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from carbon_fleet.lock.things import NONE, name_of
from carbon_fleet.spec import LockedSet
from carbon_fleet.spec.locked import sha256s


@dataclass(frozen=True)
class Keep:
    """One formula as it is locked: its version (with its revision), its tap's commit then, the bottles' sha256s."""

    name: str
    version: str
    commit: str
    bottles: frozenset[str] = frozenset()


@dataclass
class Keeping:
    """What is to be held, and what cannot be, by name, each with the reason."""

    keeps: list[Keep] = field(default_factory=list)
    why_not: dict[str, str] = field(default_factory=dict)


def to_keep(sets: Iterable[LockedSet], tap: str, names: Collection[str] = ()) -> Keeping:
    """The locked formulae of a tap, or those of them that are named, by their short names.

    A tap has one version of a formula: where these Macs are locked on several, none of them is chosen here.
    """
    found: dict[str, set[Keep]] = {}
    for each in sets:
        for name, whence in each.taps.items():
            version = each.things.get(name_of(name), NONE)
            if whence.partition("@")[0].lower() == tap and version != NONE and (not names or name in names):
                bottle = frozenset(sha256s(each.bottles).get(name, "").split())
                found.setdefault(name, set()).add(Keep(name, version, whence.partition("@")[2], bottle))
    keeping = Keeping()
    for name, keeps in sorted(found.items()):
        _one(keeping, name, keeps)
    keeping.why_not |= {name: f"the lock has no such formula of {tap}" for name in names if name not in found}
    return keeping


def _one(keeping: Keeping, name: str, keeps: Collection[Keep]) -> None:
    versions = sorted({keep.version for keep in keeps})
    commits = sorted(keep.commit for keep in keeps if keep.commit)
    if len(versions) > 1:
        several = f"these Macs are locked on several versions of it ({', '.join(versions)}), and a tap has one"
        keeping.why_not[name] = f"{several}: choose Macs with --limit"
    elif not commits:
        keeping.why_not[name] = "the lock does not say of which commit of its tap it is: brew's receipt did not tell"
    else:
        bottles = frozenset().union(*(keep.bottles for keep in keeps))
        keeping.keeps.append(Keep(name, versions[0], commits[0], bottles))


def taps_of(sets: Iterable[LockedSet]) -> Mapping[str, int]:
    """The taps a lock has formulae of, and of how many."""
    names = {(whence.partition("@")[0].lower(), name) for each in sets for name, whence in each.taps.items()}
    taps = sorted(tap for tap, _ in names)
    return {tap: taps.count(tap) for tap in dict.fromkeys(taps)}
