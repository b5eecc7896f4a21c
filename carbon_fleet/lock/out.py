"""Where a Mac is out of its lab's lock: what is there and what was seen working, with the event that moved it.

Nothing of it is made: brew does not go back, and what was not seen working is a person's to judge. So these Changes
have no commands; `plan`, `drift` and `apply` tell of them and leave them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from carbon_fleet.lock.judge import BOTTLE, Difference, differences
from carbon_fleet.lock.seen import Seen
from carbon_fleet.lock.things import THINGS, follows_wish
from carbon_fleet.plan import Action, Attribute, Change, Notice
from carbon_fleet.plan.cause import Cause
from carbon_fleet.spec import Mac

ADDRESS = "lock"
FORMULA = "homebrew.formula."


@dataclass(frozen=True)
class Out:
    """One thing that is out of the lock, as a Change without commands; its cause, and what shows that."""

    change: Change
    cause: Cause
    evidence: str


def out_of_lock(mac: Mac, seen: Seen, before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Out, ...]:
    """What of this Mac is out of the lock. `before` and `now` are versions as `plan/applied.py` has them.

    What this look could not tell is not judged.
    """
    if mac.locked is None:
        return ()
    found = (each for each in differences(seen.things, mac.locked, seen.bottles) if each.seen)
    return tuple(_out(each, before, now) for each in found)


def _out(difference: Difference, before: Mapping[str, str], now: Mapping[str, str]) -> Out:
    name = difference.name
    attribute = Attribute("version", difference.seen, difference.locked or None)
    reason = "it is not what was seen working here; `carbon-fleet compat` judges it"
    change = Change(f"{ADDRESS}.{name}", Action.UPDATE, (attribute,), reason, ())
    if follows_wish(name):
        return Out(change, Cause.INTENDED, "the lab file asks for something else than was locked")
    return Out(change, Cause.ENVIRONMENT, _event(name, before, now))


def is_lock(address: str) -> bool:
    """Whether an address is of something that is out of the lock."""
    return address.startswith(f"{ADDRESS}.")


def _event(name: str, before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What moved it: the version and receipt then and now; of a Mac whose record says the same, just the receipt."""
    (old, then), (key, told) = _told(name, before), _told(name, now)
    if told is None:
        return ""
    if then is not None and (old, then) != (key, told):
        return f"{key}: {then} → {told}" if old == key else f"{old}: {then} → {key}: {told}"
    return f"{key}: {told}" if key.startswith(FORMULA) else ""


def _told(name: str, versions: Mapping[str, str]) -> tuple[str, str | None]:
    """What the versions of a Mac say of a thing, and under which address: a formula may be another tap's."""
    thing = THINGS.get(name)
    key = thing.moved_by if thing else ""
    short = key.rpartition("/")[2].removeprefix(FORMULA) if key else name.removeprefix(BOTTLE).removeprefix("formula.")
    same = (each for each in versions if each.startswith(FORMULA) and _short(each) == short)
    found = key if key in versions else next(same, key)
    return found, versions.get(found)


def _short(address: str) -> str:
    return address.removeprefix(FORMULA).rpartition("/")[2]


def not_locked(mac: Mac) -> Iterator[Notice]:
    """That the lab's lock says nothing of this Mac."""
    if mac.locked is None:
        yield Notice(
            f"{ADDRESS}.{mac.name}",
            "NOT_LOCKED",
            f"the lab's lock file says nothing of {mac.name}",
            "nobody noted which versions were seen working on it, so that nothing tells when they move",
            "carbon-fleet verify LAB, and once it passed: carbon-fleet lock LAB",
        )
