"""The rounds on one Mac: each path's command, its deadline, its answer judged, the heat before and after."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from carbon_fleet.bench.parse import Answer, NotAFigure, parse
from carbon_fleet.bench.paths import Path, Settings, command, objection
from carbon_fleet.bench.plan import rounds
from carbon_fleet.bench.prepare import Ask
from carbon_fleet.bench.thermal import PMSET, Heat
from carbon_fleet.bench.trouble import last_line
from carbon_fleet.connectors.ran import GaveUp, Ran
from carbon_fleet.report.document import Failure
from carbon_fleet.snapshot.section import DEADLINE_PASSED

KILLED = 128
"""Statuses above are those of processes that a signal ended."""
CRASHES = 1
"""How often a path that crashed is tried once more: Venus is known to abort once in a while (libkrun's issues)."""


@dataclass(frozen=True)
class Run:
    """One command: `outcome` is ok, refused (the answer is no figure), hung, crashed or failed; times in seconds."""

    round: int
    path: str
    outcome: str
    seconds: float
    prompt: float | None = None
    generation: float | None = None
    why: str = ""


@dataclass
class Measured:
    """What the rounds gave: every run in its order, the good answers by path, the heat, and what went wrong."""

    runs: list[Run] = field(default_factory=list)
    answers: dict[Path, list[Answer]] = field(default_factory=dict)
    thermal: list[dict[str, Any]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def failed(self) -> set[Path]:
        """The paths that are out: one hang or one false answer ends a path for the whole benchmark."""
        return {Path(failure.address.removeprefix("bench.")) for failure in self.failures}


@dataclass(frozen=True)
class Bench:
    """One host's benchmark. `image` is the container image, `model` the file outside it, `prefix` Homebrew's."""

    ask: Ask
    settings: Settings
    image: str
    model: str
    prefix: str
    say: Callable[[str], None]
    heat: Heat = PMSET

    def measure(self, paths: Sequence[Path], repeats: int) -> Measured:
        """Run all rounds. Raises what `ask` raises when the Mac itself is lost."""
        measured, current = Measured(), 0
        for number, path in rounds(paths, repeats):
            if number != current:
                self._heat(measured, current, "after")
                self._heat(measured, number, "before")
                current = number
            if path not in measured.failed():
                self._path(measured, number, path)
        self._heat(measured, current, "after")
        return measured

    def _path(self, measured: Measured, number: int, path: Path) -> None:
        for again in range(CRASHES + 1):
            self.say(f"round {number}: {path}")
            run, answer = self._once(number, path)
            measured.runs.append(run)
            if answer is not None:
                measured.answers.setdefault(path, []).append(answer)
                return
            if run.outcome != "crashed" or again == CRASHES:
                measured.failures.append(_failure(path, run, self.settings))
                return

    def _once(self, number: int, path: Path) -> tuple[Run, Answer | None]:
        began = time.monotonic()
        try:
            ran = self.ask(command(path, self.settings, self.image, self.prefix, self.model))
        except GaveUp as error:  # what hangs so that nothing can end it; whether the Mac is lost shows what comes next
            return Run(number, path.value, "hung", round(time.monotonic() - began, 3), why=str(error)), None
        seconds = round(time.monotonic() - began, 3)
        if ran.status != 0:
            return Run(number, path.value, self._end(ran, seconds), seconds, why=_said(ran)), None
        try:
            answer = parse("\n".join(ran.out))
            why = objection(path, answer, self.settings)
        except NotAFigure as error:
            return Run(number, path.value, "refused", seconds, why=str(error)), None
        if why:
            return Run(number, path.value, "refused", seconds, why=why), None
        return Run(number, path.value, "ok", seconds, answer.prompt, answer.generation), answer

    def _end(self, ran: Ran, seconds: float) -> str:
        """A container that is ended at its deadline dies of SIGKILL like one without memory: its time tells."""
        if ran.status == DEADLINE_PASSED or (ran.status > KILLED and seconds >= self.settings.seconds):
            return "hung"
        return "crashed" if ran.status > KILLED else "failed"

    def _heat(self, measured: Measured, number: int, when: str) -> None:
        if number:
            ran = self.ask(self.heat.command)
            measured.thermal.append({"round": number, "when": when, **self.heat.told(ran.status, ran.out)})


def _said(ran: Ran) -> str:
    return f"it ended with status {ran.status}: {last_line(ran)}"


def _failure(path: Path, run: Run, settings: Settings) -> Failure:
    words = {
        "hung": (
            "BENCH_HUNG",
            f"no answer within {settings.seconds} seconds",
            "prove the GPU: `carbon-fleet prove LAB`",
        ),
        "crashed": ("BENCH_CRASHED", f"it crashed twice: {run.why}", "prove the GPU: `carbon-fleet prove LAB MAC`"),
        "failed": ("BENCH_FAILED", run.why, "mend what it names and run again"),
        "refused": ("BENCH_NOT_THIS_PATH", run.why, "prove the GPU: `carbon-fleet prove LAB MAC`, then run again"),
    }
    code, what, remedy = words[run.outcome]
    why = "a figure of something else than this path would be worth less than none"
    return Failure(f"bench.{path}", code, what, why, remedy)


def plain(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """The runs as JSON values."""
    return [asdict(run) for run in runs]
