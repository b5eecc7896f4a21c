"""Whether a plan is still for the Mac it was made for, and if not, what moved."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from carbon_fleet.plan.bound import BoundMac, id_of, wish_marks
from carbon_fleet.plan.change import Change, Refusal
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import Mac

CODE = "PLAN_STALE"
WHY = "it was made, and looked at, for what was there then: nothing was run on this Mac"
THEN_AND_NOW = {
    Guest.REACHED: ("ran", "runs"),
    Guest.STOPPED: ("was stopped", "is stopped"),
    Guest.ABSENT: ("was not there", "is not there"),
    Guest.UNREADABLE: ("could not be entered", "cannot be entered"),
}
MOST = 3
"""Changes that are named where a plan is stale; a new plan names all."""


def stale_wish(bound: BoundMac, mac: Mac, plan_again: str) -> tuple[Refusal, ...]:
    """The Refusal where the lab file says something else of this Mac than it did."""
    if bound.spec == mac.digest:
        return ()
    keys = ", ".join(_moved(bound.wish, wish_marks(mac))) or "the lab's name"
    what = f"the lab file says something else of {mac.name} than when the plan was made: {keys}"
    return (Refusal("lab", CODE, what, WHY, plan_again),)


def stale_lock(then: str | None, now: str | None, plan_again: str) -> tuple[Refusal, ...]:
    """The Refusal where the lab's lock file is another."""
    if then == now:
        return ()
    how = "is new" if then is None else "is gone" if now is None else "is another"
    return (Refusal("lock", CODE, f"the lab's lock file {how} since the plan was made", WHY, plan_again),)


def stale_mac(
    bound: BoundMac,
    snapshot: Snapshot,
    found: Iterable[Change],
    inside: Collection[str],
    plan_again: str,
) -> tuple[Refusal, ...]:
    """A Refusal for each section of the probe that tells something else than it did; `found` is what differs now.

    While the virtual machine is in another state than it was, its sections (`inside`) are no news of their own.
    """
    now, same_guest = snapshot.marks, bound.guest == snapshot.guest.value
    hidden = set[str]() if same_guest else set(inside)
    changes = [change for change in found if id_of(change) not in {entry.id for entry in bound.changes}]
    refusals = [] if same_guest else [_guest(bound, snapshot, plan_again)]
    for name in sorted({*bound.seen, *now} - hidden):
        items = _moved(bound.seen.get(name, {}), now.get(name, {}))
        if items:
            refusals.append(_section(name, items, changes, plan_again))
    return tuple(refusals)


def _guest(bound: BoundMac, snapshot: Snapshot, plan_again: str) -> Refusal:
    then, now = THEN_AND_NOW[Guest(bound.guest)][0], THEN_AND_NOW[snapshot.guest][1]
    return Refusal("machine", CODE, f"the virtual machine {then} when the plan was made, and {now}", WHY, plan_again)


def _section(name: str, items: Sequence[str], changes: Sequence[Change], plan_again: str) -> Refusal:
    shown = ", ".join(item.removeprefix("block ") for item in items)
    what = f"`{name}` is not as it was when the plan was made: {shown}"
    mine = [change for change in changes if change.address.partition(".")[0] == name]
    named = [f"{change.address} ({_attributes(change)})" for change in mine[:MOST]]
    if named:
        what += f"; what would be changed now, and is not in the plan: {', '.join(named)}"
    return Refusal(name, CODE, what, WHY, plan_again)


def _attributes(change: Change) -> str:
    return ", ".join(item.name for item in change.attributes) or change.action.value


def _moved(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    return [key for key in sorted({*then, *now}) if then.get(key) != now.get(key)]
