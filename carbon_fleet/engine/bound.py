"""Converging a Mac by a plan that somebody looked at: what is in it, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from carbon_fleet.engine.courier import Courier
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import ASKING, Refused
from carbon_fleet.engine.work import Say, converge, noted
from carbon_fleet.lock.out import is_lock
from carbon_fleet.plan import Action, Change, Refusal
from carbon_fleet.plan.bound import BoundMac, BoundPlan, id_of
from carbon_fleet.plan.registry import found, resources_of
from carbon_fleet.plan.stale import stale_lock, stale_mac, stale_wish
from carbon_fleet.report.document import Failure, MacReport
from carbon_fleet.report.pending import waived


@dataclass(frozen=True)
class Binding:
    """A plan, the digest of the lab's lock file now, and the command that plans again."""

    plan: BoundPlan
    lock: str | None
    plan_again: str


def converge_bound(
    session: Session, report: MacReport, binding: Binding, rules: Rules, *, say: Say, courier: Courier
) -> None:
    """Converge as the plan says. Raises `Refused`, before anything is run, when what it was made for has moved."""
    bound, mac, again = binding.plan.macs[session.mac.name], session.mac, binding.plan_again
    _refuse([*stale_wish(bound, mac, again), *stale_lock(binding.plan.lock, binding.lock, again)])
    rules = replace(rules.over(mac), selection=binding.plan.selection)
    snapshot = session.snapshot()
    noted(report, snapshot)
    findings, _ = found(rules.world(mac, snapshot), rules.selection, rules.takes)
    changes = [finding for finding in findings if isinstance(finding, Change) and rules.takes(finding)]
    inside = {resource.name for resource in resources_of(mac) if resource.inside}
    _refuse([*stale_mac(bound, snapshot, changes, inside, again), *_consents(bound, rules, mac.name)])
    planned = {entry.id for entry in bound.changes}
    rules = replace(rules, chosen=lambda change: id_of(change) in planned)
    converge(session, report, rules, say=say, courier=courier)
    seen = [left for left in report.left if not is_lock(left.address) and not waived(left)]
    more = [left.address for left in seen if rules.selection.chooses(left.address)]
    if more:
        report.notices.append(_more(more, again))


def _refuse(refusals: Sequence[Refusal]) -> None:
    if refusals:
        raise Refused(tuple(refusals))


def _consents(bound: BoundMac, rules: Rules, mac: str) -> list[Refusal]:
    """Refusals for the consents that the plan needs and this run has not: none of it is run for half of it."""
    why = "a plan is no consent: it is given to the run that destroys; nothing was run on this Mac"
    anew = {entry.address: entry.at_stake for entry in bound.changes if entry.action == Action.REPLACE}
    moved = [
        entry for entry in bound.changes if entry.action == Action.MOVE and ASKING[Action.MOVE] not in rules.consents
    ]
    wanted = [("mac", f"the plan was made with --{one}", one) for one in sorted(set(bound.consents) - rules.consents)]
    wanted += [(one.address, f"{one.reason}; at stake: {'; '.join(one.at_stake)}", "allow-move") for one in moved]
    if not rules.allow_replace:
        stakes = [(address, "; ".join(stake) or "nothing that could be seen") for address, stake in anew.items()]
        wanted += [(address, f"it is to be made anew; at stake: {stake}", "allow-replace") for address, stake in stakes]
    return [Refusal(where, "CONSENT_MISSING", what, why, f"add --{option} {mac}") for where, what, option in wanted]


def _more(addresses: Sequence[str], again: str) -> Failure:
    what = f"what showed only now, and is not in the plan, was left: {', '.join(dict.fromkeys(addresses))}"
    return Failure("plan", "NOT_IN_PLAN", what, "only what was planned, and looked at, is run", again)
