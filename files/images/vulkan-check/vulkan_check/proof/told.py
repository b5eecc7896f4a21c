"""What a child process with jobs told, and what it owes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vulkan_check.model import Outcome
from vulkan_check.proof.plan import PLAN, kind_of


@dataclass
class Told:
    """What a child said so far. `at` is the number of the job it is in, None before the first."""

    device: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    bandwidth: dict[str, Any] | None = None
    compute: dict[str, Any] | None = None
    at: int | None = None
    outcome: Outcome | None = None
    message: str = ""

    def hear(self, line: dict[str, Any]) -> None:
        """Take in one line."""
        self.device = line.get("device", self.device)
        self.versions |= line.get("versions", {})
        self.bandwidth = line.get("bandwidth", self.bandwidth)
        self.compute = line.get("compute", self.compute)
        self.at = line.get("start", self.at)
        self.outcome, self.message = line.get("outcome", self.outcome), line.get("message", self.message)
        if "job" in line:
            self.jobs.append(line["job"])

    def after(self, earlier: Told) -> Told:
        """This child's story with what only an earlier child told."""
        self.device = self.device or earlier.device
        self.bandwidth, self.compute = self.bandwidth or earlier.bandwidth, self.compute or earlier.compute
        self.versions = earlier.versions | self.versions
        return self

    @property
    def where(self) -> str:
        """What the child was doing, for people: `matmul-f32 (65536)`, or `setup`."""
        if self.at is None:
            return "setup"
        name, elements = PLAN[self.at]
        return f"{name} ({elements})" if elements else name


def not_run(told: Told, done: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """An entry for each job of the plan that gave no answer: the one it ended in, and those that never began."""
    verb = "hung" if told.outcome == "timeout" else "failed"
    entries = []
    for number in range(len(done), len(PLAN)):
        own = number == told.at
        message = told.message if own else f"not run: {told.where} {verb} before it"
        entries.append(_empty(number, told.outcome if own and told.outcome else "error", message))
    return entries


def _empty(number: int, outcome: Outcome, message: str) -> dict[str, Any]:
    name, elements = PLAN[number]
    nothing = {"tolerance": 0.0, "wrong_values": 0, "worst_error": 0.0, "seconds": 0.0, "cpu_seconds": 0.0}
    return {
        "name": name,
        "kind": kind_of(name),
        "elements": elements,
        "outcome": outcome,
        "message": message,
        **nothing,
    }
