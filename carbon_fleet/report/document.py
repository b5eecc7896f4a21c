"""The Report: what a verb saw and did, per Mac. Every view is rendered from it and from nothing else."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from carbon_fleet.plan import Attribute, Change, Notice, Refusal
from carbon_fleet.report.exits import Exit as Exit

FORMAT_VERSION = 1


class Outcome(StrEnum):
    """How a verb ended for one Mac."""

    CONVERGED = "converged"
    """Nothing was, or is, to do."""
    CHANGED = "changed"
    """Changes were made, and a last look found nothing left."""
    DRIFTED = "drifted"
    """Changes are pending."""
    VERIFIED = "verified"
    REFUSED = "refused"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    VERIFY_FAILED = "verify failed"


@dataclass(frozen=True)
class Result:
    """One command that was run: for which address, how it ended, how long it took (seconds), its last lines."""

    address: str
    command: str
    status: int
    seconds: float
    tail: tuple[str, ...]


@dataclass
class Planned:
    """A Change as the Report keeps it."""

    address: str
    action: str
    attributes: list[Attribute]
    reason: str
    at_stake: list[str]
    commands: list[str]

    @classmethod
    def of(cls, change: Change) -> "Planned":
        """The Change without its commands' standard input, which is large and may be private."""
        commands = [str(command) for command in change.commands]
        stake = list(change.at_stake)
        return cls(change.address, change.action.value, list(change.attributes), change.reason, stake, commands)


@dataclass
class Failure:
    """Why a Mac did not come to a good end: a stable code, what is wrong, why it matters, what to do."""

    address: str
    code: str
    what: str
    why: str
    remedy: str

    @classmethod
    def of(cls, finding: Refusal | Notice) -> "Failure":
        """A Refusal's or a Notice's words."""
        return cls(finding.address, finding.code, finding.what, finding.why, finding.remedy)


@dataclass
class MacReport:
    """One Mac's part: outcome, what was seen to change, what was run, what stopped it. Times are in seconds."""

    mac: str
    outcome: Outcome = Outcome.CONVERGED
    seconds: float = 0.0
    execs: int = 0
    snapshot: str | None = None
    spec: str = ""
    guest: str | None = None
    changes: list[Planned] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    notices: list[Failure] = field(default_factory=list)
    milliseconds: dict[str, int] = field(default_factory=dict)
    tests: dict[str, int] = field(default_factory=dict)
    """How many of `verify`'s tests passed, failed, were skipped, and left something unknown."""
    gpu: str | None = None
    """The device containers computed on, as `verify` saw it, and whether that was not through Venus."""
    measured: dict[str, Any] = field(default_factory=dict)
    """What `prove`, `bench` or `matrix` measured: plain JSON values, their shape stands on the verb's page."""


@dataclass
class Report:
    """What one run of one verb found over a lab. `resources` counts the things looked at, over all Macs."""

    verb: str
    lab: str
    file: str
    started: str
    seconds: float = 0.0
    resources: int = 0
    macs: list[MacReport] = field(default_factory=list)
    format_version: int = FORMAT_VERSION

    def as_dict(self) -> dict[str, Any]:
        """The document as plain JSON values, with the exit code that follows from it."""
        plain = asdict(self)
        return {"format_version": plain.pop("format_version"), **plain, "exit_code": self.exit_code}

    def to_json(self) -> str:
        """The document as indented JSON, keys in a fixed order."""
        return json.dumps(self.as_dict(), indent=2, default=str)

    @property
    def exit_code(self) -> int:
        """The worst thing that happened, by design §6."""
        return exit_code(mac.outcome for mac in self.macs)


def exit_code(outcomes: Iterable[Outcome]) -> int:
    """0 well · 2 changes pending · 3 some refused · 4 some failed · 5 some unreachable · 100 verify failed."""
    seen = set(outcomes)
    order = [
        (Outcome.FAILED, Exit.SOME_FAILED),
        (Outcome.UNREACHABLE, Exit.UNREACHABLE),
        (Outcome.REFUSED, Exit.REFUSED),
        (Outcome.VERIFY_FAILED, Exit.VERIFY_FAILED),
        (Outcome.DRIFTED, Exit.PENDING),
    ]
    return next((code for outcome, code in order if outcome in seen), Exit.OK)
