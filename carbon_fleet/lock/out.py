"""Where a Mac is out of its lab's lock: what is there and what was seen working, with the event that moved it.

Nothing of it is made: brew does not go back, and what was not seen working is a person's to judge. So these Changes
have no commands; `plan`, `drift` and `apply` tell of them and leave them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from carbon_fleet.lock.judge import Difference, differences
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
    found = (each for each in differences(seen.things, mac.locked) if each.seen)
    return tuple(_out(each, before, now) for each in found)


def _out(difference: Difference, before: Mapping[str, str], now: Mapping[str, str]) -> Out:
    name = difference.name
    attribute = Attribute("version", difference.seen, difference.locked or None)
    reason = "it is not what was seen working; `carbon-fleet lock LAB --upgrade` moves the lock once verify passed"
    change = Change(f"{ADDRESS}.{name}", Action.UPDATE, (attribute,), reason, ())
    if follows_wish(name):
        return Out(change, Cause.INTENDED, "the lab file asks for something else than was locked")
    return Out(change, Cause.ENVIRONMENT, _event(name, before, now))


def is_lock(address: str) -> bool:
    """Whether an address is of something that is out of the lock."""
    return address.startswith(f"{ADDRESS}.")


def _event(name: str, before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What moved it: the version and receipt then and now; of a Mac whose record says the same, just the receipt."""
    key = _key(name, {**before, **now})
    then, told = before.get(key), now.get(key)
    if then is not None and told is not None and then != told:
        return f"{key}: {then} → {told}"
    return f"{key}: {told}" if told is not None and key.startswith(FORMULA) else ""


def _key(name: str, known: Mapping[str, str]) -> str:
    thing = THINGS.get(name)
    if thing is not None and thing.moved_by in known:
        return thing.moved_by
    short = name.removeprefix("formula.")
    formulae = (key for key in known if key.startswith(FORMULA))
    own = (key for key in formulae if key.removeprefix(FORMULA).rpartition("/")[2] == short)
    return next(own, thing.moved_by if thing else "")


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
