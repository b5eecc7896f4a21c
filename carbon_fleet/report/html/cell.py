"""What stands in a cell of the fleet's matrix: the worst that is known of one layer of one Mac."""

from collections.abc import Iterable
from dataclasses import dataclass

from carbon_fleet.report.chain import LAYERS, layer_of
from carbon_fleet.report.document import Cause, Failure, MacReport, Outcome, Planned

UNSEEN = (Outcome.UNREACHABLE, Outcome.NOT_REACHED, Outcome.OVERDUE, Outcome.MEASURED)
"""How a Mac ends of which nothing was compared with its wish."""
NAMES = tuple(layer.name for layer in LAYERS)


@dataclass(frozen=True)
class State:
    """What can be said of a layer: its sign, its colour's class, its words. A sign says it without the colour."""

    name: str
    sign: str
    colour: str
    words: str


GOOD = State("good", "✓", "good", "as wished")
MADE = State("made", "+", "made", "changed by this run")
UNKNOWN = State("unseen", "·", "dim", "not seen")
LATER = State("later", "…", "dim", "known only after apply")
WAIVED = State("waived", "w", "dim", "differs, and is waived")
INTENDED = State("intended", "→", "drift", "the wish changed: not applied yet")
ENVIRONMENT = State("environment", "○", "drift", "macOS, Homebrew or an update moved it")
DRIFT = State("drift", "~", "drift", "differs, nobody knows since when")
CORRECTIVE = State("corrective", "≠", "odd", "the Mac was changed")
REFUSED = State("refused", "!", "bad", "refused")
BAD = State("bad", "✗", "bad", "failed")
STATES = (GOOD, MADE, INTENDED, ENVIRONMENT, DRIFT, CORRECTIVE, WAIVED, LATER, REFUSED, BAD, UNKNOWN)
"""In the order of the legend."""
RANK = {state: rank for rank, state in enumerate((GOOD, LATER, WAIVED, MADE, INTENDED, ENVIRONMENT, DRIFT, CORRECTIVE))}
"""The further to the right, the worse."""
CAUSES = {Cause.INTENDED: INTENDED, Cause.ENVIRONMENT: ENVIRONMENT, Cause.CORRECTIVE: CORRECTIVE}


@dataclass(frozen=True)
class Cell:
    """One layer of one Mac: its State, and how many Changes stand behind it."""

    layer: str
    state: State
    count: int = 0


def cells(mac: MacReport) -> tuple[Cell, ...]:
    """A cell for each layer, bottom first."""
    changes = _by_layer((*mac.changes, *(left for left in mac.left if left.waiver is not None)))
    failures = _by_layer(mac.failures)
    later = {layer_of(name) for name in mac.later} | ({"venus"} if "image" in mac.later else set())
    stopped = min((NAMES.index(layer) for layer in failures), default=len(NAMES))
    return tuple(
        _cell(mac, name, changes.get(name, []), bool(failures.get(name)), name in later, number > stopped)
        for number, name in enumerate(NAMES)
    )


def _cell(mac: MacReport, layer: str, changes: list[Planned], failed: bool, later: bool, behind: bool) -> Cell:
    if failed:
        return Cell(layer, REFUSED if mac.outcome is Outcome.REFUSED else BAD, len(changes))
    worst = max((_state(mac, change) for change in changes), key=RANK.__getitem__, default=None)
    if worst is not None:
        return Cell(layer, worst, len(changes))
    if mac.outcome in UNSEEN or (behind and mac.outcome is not Outcome.VERIFY_FAILED):
        return Cell(layer, UNKNOWN)
    return Cell(layer, LATER if later else GOOD)


def _state(mac: MacReport, change: Planned) -> State:
    if change.waiver is not None and not change.waiver.expired:
        return WAIVED
    if mac.results or mac.outcome is Outcome.CHANGED:
        return MADE
    return CAUSES.get(change.cause, DRIFT) if change.cause is not None else DRIFT


def _by_layer(things: Iterable[Planned] | Iterable[Failure]) -> dict[str, list[Planned]]:
    found: dict[str, list[Planned]] = {}
    for thing in things:
        found.setdefault(layer_of(thing.address), []).append(thing)  # type: ignore[arg-type]
    return found
