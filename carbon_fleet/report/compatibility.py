"""What `compat` puts into a Mac's part of the Report: the answer, each broken rule in words, the fewest moves."""

from collections.abc import Sequence
from typing import Any

from carbon_fleet.lock.judge import Answer, Verdict
from carbon_fleet.lock.rules import Compatibility, Rule
from carbon_fleet.lock.solve import Move, ways
from carbon_fleet.lock.things import THINGS
from carbon_fleet.report.document import Failure, MacReport, Outcome
from carbon_fleet.spec import LockedSet

WAYS = 3
"""Ways out that a Report has; others as short are much the same."""
NAMED = 4
"""Differences that are named in words; all are in the Report."""


def fill(
    report: MacReport,
    things: dict[str, str],
    verdict: Verdict,
    known: Compatibility,
    sets: Sequence[LockedSet],
    lab_file: str,
) -> None:
    """Put a verdict into a Mac's report: each broken rule a failure, what nobody saw work a notice."""
    found = ways(things, known.rules, _offers(known, sets))[:WAYS] if verdict.broken else ()
    report.measured["compat"] = {
        "answer": verdict.answer.value,
        "things": things,
        "rules": [_told(rule, things) for rule in verdict.broken],
        "open": {rule.id: rule.unknown(things) for rule in verdict.open},
        "nearest": list(verdict.nearest.macs) if verdict.nearest else [],
        "differs": [{"name": one.name, "seen": one.seen, "locked": one.locked} for one in verdict.differs],
        "ways": [[_step(move, known) for move in way] for way in found],
    }
    report.outcome = Outcome.CONVERGED if verdict.answer is Answer.GOOD else Outcome.DRIFTED
    report.failures += [_failure(rule, things) for rule in verdict.broken]
    if verdict.broken and not found:
        report.notices.append(_no_way(known))
    if verdict.answer is Answer.UNKNOWN:
        report.notices.append(_unknown(verdict, things, lab_file))


def _offers(known: Compatibility, sets: Sequence[LockedSet]) -> dict[str, list[str]]:
    """What is known to be offered; then what the lab's lock names, which a tap of one's own can keep."""
    offers = {name: list(offer.versions) for name, offer in known.offers.items()}
    for name, versions in offers.items():
        locked = sorted({each.things[name] for each in sets if name in each.things} - set(versions))
        offers[name] = versions + (locked if THINGS[name].versioned else [])
    return offers


def _step(move: Move, known: Compatibility) -> dict[str, Any]:
    offer = known.offers[move.name]
    tap = f"`brew extract --version={move.after} {THINGS[move.name].formula} OWNER/TAP` (docs/lock.md)"
    do = offer.do if move.after in offer.versions else f"keep it in a tap of your own: {tap}"
    return {"name": move.name, "before": move.before, "after": move.after, "do": do}


def _told(rule: Rule, things: dict[str, str]) -> dict[str, Any]:
    over = {name: things[name] for name in rule.when}
    return {"id": rule.id, "code": rule.code, "over": over, "move": rule.move, "sources": rule.sources}


def _failure(rule: Rule, things: dict[str, str]) -> Failure:
    here = ", ".join(f"{name} {things[name]}" for name in rule.when)
    return Failure(
        f"compat.{rule.id}",
        rule.code,
        f"{rule.what}; here: {here}",
        f"{rule.why} ({', '.join(rule.sources)})",
        f"move {', '.join(f'{name} to {condition}' for name, condition in rule.move.items())}: {rule.do}",
    )


def _unknown(verdict: Verdict, things: dict[str, str], lab_file: str) -> Failure:
    missing = sorted({name for rule in verdict.open for name in rule.unknown(things)})
    parts = [
        f"no rule speaks against it, and nobody noted that it works: {_compared(verdict)}",
        *([f"not known of it: {', '.join(missing)}"] if missing else []),
    ]
    remedy = f"carbon-fleet verify {lab_file}, and once it passed: carbon-fleet lock {lab_file}"
    why = "what nobody saw working may work or not"
    return Failure("compat", "TUPLE_UNKNOWN", "; ".join(parts), why, f"{remedy}{' --upgrade' * bool(verdict.nearest)}")


def _compared(verdict: Verdict) -> str:
    if verdict.nearest is None:
        return "the lab has no lock"
    named = [f"{one.name} {one.seen or 'not known'} (locked: {one.locked or 'nothing'})" for one in verdict.differs]
    more = f", {len(named) - NAMED} more" if len(named) > NAMED else ""
    like = ", ".join(verdict.nearest.macs)
    if not named:
        return f"it is as the lock has {like}, which was not verified as a whole"
    return f"nearest in the lock is {like}, which differs in {', '.join(named[:NAMED])}{more}"


def _no_way(known: Compatibility) -> Failure:
    what = f"no versions that are known to be offered (as of {known.as_of}) lead out of this"
    why = "the fewest moves are looked for among them"
    return Failure("compat", "NO_WAY_KNOWN", what, why, "follow what the rules say to move, one by one")
