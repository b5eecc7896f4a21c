"""The Report: what a verb saw and did, per Mac. Every view is rendered from it and from nothing else."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from carbon_fleet import __version__
from carbon_fleet.plan import Attribute, Change, Notice, Refusal
from carbon_fleet.plan.cause import Cause as Cause
from carbon_fleet.report.exits import Exit as Exit
from carbon_fleet.report.outcome import Outcome as Outcome
from carbon_fleet.report.outcome import exit_code as exit_code

FORMAT_VERSION = 2
"""1: before runs were kept: no `run`, `spec`, `lock`, `ended`, `controller`, no cause and no waiver of a Change."""


@dataclass(frozen=True)
class Waived:
    """The waiver that stands over a Change: who answers for it, why, and until when (`YYYY-MM-DD`)."""

    owner: str
    reason: str
    expires: str
    expired: bool = False


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
    cause: Cause | None = None
    """None: nobody asked (only `drift` and `plan` do)."""
    evidence: str = ""
    """What shows the cause: the receipt, version or date that moved."""
    waiver: Waived | None = None

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


@dataclass(frozen=True)
class Diagnosis:
    """One thing `doctor` found: a stable code, what was seen, why it is so, what mends it."""

    code: str
    evidence: str
    cause: str
    remedy: str
    fix: bool = False
    """Whether `doctor --fix` may mend it."""
    link: str = ""
    """The thread or page it is known from; empty: there is none."""
    row: str = ""
    """Its row in docs/doctor.md; empty: it is in none."""
    note: bool = False
    """Whether it is only worth knowing: the Mac counts as healthy."""


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
    groups: list[str] = field(default_factory=list)
    """The lab file's groups it is in."""
    sections: dict[str, str] = field(default_factory=dict)
    """The digest of each section of the probe's answer: what a bound plan compares."""
    later: list[str] = field(default_factory=list)
    """Resources that are known only after apply: what they need does not run yet."""
    left: list[Planned] = field(default_factory=list)
    """Changes that were seen and not made: not chosen (`--only`, `--skip`), or not in the plan that was applied."""
    applied: dict[str, Any] = field(default_factory=dict)
    """Of the last apply to this Mac, as its record there tells: `run`, `when`, `by`, `spec`; empty: no record."""
    last_seen: str = ""
    """Of a Mac that did not answer: when a run kept here saw it last (ISO time, UTC); empty: none has."""
    changes: list[Planned] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    notices: list[Failure] = field(default_factory=list)
    probes: int = 0
    """How many of the execs were looks at the whole Mac; the others are commands, questions and the lock."""
    milliseconds: dict[str, int] = field(default_factory=dict)
    tests: dict[str, int] = field(default_factory=dict)
    """How many of `verify`'s tests passed, failed, were skipped, and left something unknown."""
    gpu: str | None = None
    """The device containers computed on, as `verify` saw it, and whether that was not through Venus."""
    kind: str = ""
    """Chip, macOS major version and memory: `Apple M4, macOS 15, 16GiB`; empty: it was not looked at."""
    measured: dict[str, Any] = field(default_factory=dict)
    """What `prove`, `bench` or `matrix` measured: plain JSON values, their shape stands on the verb's page."""
    diagnoses: list[Diagnosis] = field(default_factory=list)
    """What `doctor` found, and did not mend."""
    healed: list[str] = field(default_factory=list)
    """The codes of what `doctor --fix` mended."""
    context: dict[str, str] = field(default_factory=dict)
    """In which session `doctor` looked: who started it, PATH, TMPDIR and the like."""


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
    run: str = ""
    """The run's name: what `history`, `diff`, `resume` and the locks call it."""
    spec: str = ""
    """sha256 over the wishes of all Macs the lab file has, chosen or not."""
    lock: str | None = None
    """sha256 of the lab's lock file; None: it has none."""
    ended: str = ""
    controller: str = ""
    """Who ran it where: `user@host`."""
    version: str = __version__
    options: dict[str, Any] = field(default_factory=dict)
    """What was asked for on the command line, beyond the lab file."""
    interrupted: bool = False
    notes: list[Failure] = field(default_factory=list)
    """What concerns the lab and no single Mac: a waiver that matches nothing, a rollout that was stopped."""

    def as_dict(self) -> dict[str, Any]:
        """The document as plain JSON values, with the exit code that follows from it."""
        plain = asdict(self)
        return {"format_version": plain.pop("format_version"), **plain, "exit_code": self.exit_code}

    def to_json(self) -> str:
        """The document as indented JSON, keys in a fixed order."""
        return json.dumps(self.as_dict(), indent=2, default=str)

    @property
    def exit_code(self) -> int:
        """The worst thing that happened, by design §6; a run that was interrupted says so."""
        return Exit.INTERRUPTED if self.interrupted else exit_code(mac.outcome for mac in self.macs)
