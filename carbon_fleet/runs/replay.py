"""A run as its journal tells it: enough to go on with it, also where no Report was ever written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from carbon_fleet.report.document import Outcome

LEFT = frozenset(
    {
        Outcome.FAILED,
        Outcome.UNREACHABLE,
        Outcome.REFUSED,
        Outcome.VERIFY_FAILED,
        Outcome.NOT_REACHED,
        Outcome.STOPPED,
        None,
    }
)
"""How a Mac ended that `resume` takes up again; None: the run ended before it did."""


@dataclass
class Told:
    """One Mac: how it ended (None: the run ended first), its Changes and commands (address, command, status)."""

    outcome: Outcome | None = None
    began: bool = False
    changes: list[str] = field(default_factory=list)
    commands: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass
class Replayed:
    """A run: what it was about, and each of its Macs, in its order. `ended` is False where it was cut off."""

    run: str
    verb: str
    lab: str
    file: str
    options: Mapping[str, Any]
    macs: dict[str, Told]
    ended: bool = False

    @property
    def left(self) -> list[str]:
        """The Macs that did not come to a good end, or to any."""
        return [name for name, told in self.macs.items() if told.outcome in LEFT]


def replay(events: Iterable[Mapping[str, Any]]) -> Replayed:
    """Read a journal's events. ValueError when they tell of no run."""
    ordered = iter(events)
    first = next(ordered, {})
    try:
        run, verb, lab, file = (str(first[word]) for word in ("run", "verb", "lab", "file"))
        replayed = Replayed(run, verb, lab, file, dict(first["options"]), {str(mac): Told() for mac in first["macs"]})
        for event in ordered:
            _tell(replayed, event)
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the journal says something that no run writes: {error}") from error
    return replayed


def _tell(run: Replayed, event: Mapping[str, Any]) -> None:
    word, told = event["event"], run.macs.get(event.get("mac", ""), Told())
    if word == "mac-began":
        told.began = True
    elif word == "change":
        told.changes.append(event["address"])
    elif word == "command":
        told.commands.append((event["address"], event["command"], event["status"]))
    elif word == "mac-ended":
        told.outcome = Outcome(event["outcome"])
    elif word == "run-ended":
        run.ended = True
