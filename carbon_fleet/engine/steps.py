"""How one resource converges: look, change, forget, look again. Both pyinfra's CLI and the fleet engine drive this."""

from collections.abc import Iterator
from typing import Any, Protocol

from carbon_fleet.engine.rules import NONE, Rules, Stopped
from carbon_fleet.plan import Action, Change, Notice, Refusal, Resource
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac

PASSES = 3
"""Looks that may still find something to change: what only a first pass can show (a VM had to start) takes a second."""


class Eyes(Protocol):
    """A look at one Mac: one probe, kept until something changed it."""

    def snapshot(self) -> Snapshot:
        """The Snapshot, probing only when none is kept."""
        ...

    def forget(self) -> None:
        """Drop the Snapshot: the Mac is no longer as it was."""
        ...


class Refused(Exception):
    """A Mac is left as it is, for the reasons in `refusals`."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        """Keep the Refusals; the message is the first one's."""
        self.refusals = refusals
        first = refusals[0]
        super().__init__(f"{first.what}: {first.why}; {first.remedy}")


def converge_resource(
    resource: Resource[Any, Any],
    mac: Mac,
    eyes: Eyes,
    rules: Rules = NONE,
    *,
    notices: list[Notice | Refusal] | None = None,
    left: list[Change] | None = None,
) -> Iterator[Change]:
    """Yield each Change whose commands the caller must run before it takes the next one.

    What the last look found and the `rules` do not take goes to `left`; what is only to be known, and what is refused
    but no part of the run, to `notices`.

    Ends when a look finds nothing that is chosen. Raises `Stopped` between two Changes when the rules say so, and
    `Refused` when the resource refuses, when a replacement has no consent, or when the Changes of the last allowed pass
    are still needed (`NOT_CONVERGED`).
    """
    for _ in range(PASSES):
        changes = _look(resource, mac, eyes, rules, notices, left)
        if changes and rules.hold():
            eyes.forget()
            changes = _look(resource, mac, eyes, rules, notices, left)
        if not changes:
            return
        for change in changes:
            if rules.stopping():
                raise Stopped
            yield change
        eyes.forget()
    still = _look(resource, mac, eyes, rules, notices, left)
    if still:
        raise Refused(tuple(_not_converged(change) for change in still))


def _look(
    resource: Resource[Any, Any],
    mac: Mac,
    eyes: Eyes,
    rules: Rules,
    notices: list[Notice | Refusal] | None,
    left: list[Change] | None,
) -> list[Change]:
    findings = resource.findings(rules.world(mac, eyes.snapshot()))
    changes = [finding for finding in findings if isinstance(finding, Change)]
    refusals = [finding for finding in findings if isinstance(finding, Refusal)]
    chosen = [change for change in changes if rules.takes(change)]
    stopping = [refusal for refusal in refusals if rules.stops(resource.name, refusal)]
    if notices is not None:
        notices[:] = [one for one in findings if not isinstance(one, Change) and one not in stopping]
    if left is not None:
        left[:] = [change for change in changes if not rules.takes(change)]
    stopping += [_consent_missing(change, mac) for change in chosen if lacks(change, rules)]
    if stopping:
        raise Refused(tuple(stopping))
    return chosen


ASKING = {Action.REPLACE: "allow-replace", Action.MOVE: "allow-move"}
"""The consent, by its option's name, that a Change of an action needs: people may lose by it what they made."""


def needs_consent(change: Change) -> bool:
    """Whether a Change puts at stake what people may have made."""
    return change.action in ASKING


def lacks(change: Change, rules: Rules) -> bool:
    """Whether a Change needs a consent that the run has not."""
    given = rules.allow_replace if change.action is Action.REPLACE else ASKING.get(change.action, "") in rules.consents
    return needs_consent(change) and not given


def _consent_missing(change: Change, mac: Mac) -> Refusal:
    stake, option = "; ".join(change.at_stake) or "nothing that could be seen", ASKING[change.action]
    data = option.replace("-", "_")
    remedy = f"if that may be, run again with --{option} {mac.name} (pyinfra: --data {data}={mac.name})"
    return Refusal(
        change.address,
        "CONSENT_MISSING",
        f"{change.reason}: at stake: {stake}",
        "people may lose it, or be interrupted in it",
        remedy,
    )


def _not_converged(change: Change) -> Refusal:
    still = ", ".join(f"{item.name} is {item.before!r}, not {item.after!r}" for item in change.attributes)
    return Refusal(
        change.address,
        "NOT_CONVERGED",
        f"still different after {PASSES} passes: {still or change.reason}",
        "its commands ended well but did not bring what was wished",
        "look at the last commands' output in the report; the wish may ask for what cannot be had",
    )
