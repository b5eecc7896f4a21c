"""Runs the steps one by one, keeps each in the state before the next begins, and makes the file to send back."""

import contextlib
import io
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from carbon_fleet.evidence.journal import State, Step, write_private, write_state
from carbon_fleet.evidence.redact import Redactor
from carbon_fleet.evidence.steps import Asked, Kind, kinds, result_of, result_of_probe
from carbon_fleet.verbs.stop import Stop

FORMAT_VERSION = 1
MOST_LINES = 2000
"""Of a raw answer so many lines are kept."""
Say = Callable[[str], None]


class Collecting:
    """One run for one Mac."""

    def __init__(self, asked: Asked, state: State, path: Path, redactor: Redactor, say: Say) -> None:
        """`path` is the state's file; nothing is run yet."""
        self.asked, self.state, self.path, self.redactor, self.say = asked, state, path, redactor, say

    def run(self) -> None:
        """Every step that has not come to an end yet; a failing one does not keep the next from running."""
        todo = kinds(self.asked)
        for number, kind in enumerate(todo, 1):
            if self.state.step(kind.name):
                self.say(f"[{number}/{len(todo)}] {kind.name}: done before")
                continue
            self.say(f"[{number}/{len(todo)}] {kind.name}: {kind.command}")
            # Noted before it begins: a step that was cut off and run again is no first run.
            self.state.starts[kind.name] = self.state.starts.get(kind.name, 0) + 1
            write_state(self.path, self.state)
            step = self._one(kind)
            self.state.steps.append(step)
            write_state(self.path, self.state)
            self.say(f"[{number}/{len(todo)}] {kind.name}: {'ok' if step.ok else 'NOT OK'}: {step.result}")
        self.state.complete = True
        write_state(self.path, self.state)

    def _one(self, kind: Kind) -> Step:
        started, began = _now(), time.monotonic()
        code, document, text = run_step(kind, self.asked)
        spent = round(time.monotonic() - began, 3)
        self.redactor.learn([document, text])
        ok = code == 0 and (document is None or kind.good(document))
        result = _result(document, text, code)
        clean = self.redactor.redacted
        starts = self.state.starts[kind.name]
        return Step(
            kind.name, kind.command, started, spent, starts, code, ok, clean(result), clean(document), clean(text)
        )


def _result(report: dict[str, Any] | None, text: list[str], code: int) -> str:
    if report:
        return result_of(report)
    if code:
        return text[-1] if text else f"exit {code}"
    return result_of_probe(text)


def run_step(kind: Kind, asked: Asked) -> tuple[int, dict[str, Any] | None, list[str]]:
    """Run a verb in this process: its exit code, its Report when it ends in one, else what it printed."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            ended = kind.run(asked)
    except Stop as stop:
        return stop.code, None, []
    except Exception as error:  # a defect in one verb is evidence, too, and the next step may still tell something
        return 1, None, [f"{type(error).__name__}: {error}"]
    if isinstance(ended, int):
        return ended, None, without_files(printed.getvalue().splitlines())[:MOST_LINES]
    return ended.exit_code, ended.as_dict(), []


def without_files(lines: list[str]) -> list[str]:
    """A raw probe answer without the content of files (base64, which no rule could read)."""
    kept, inside = [], False
    for line in lines:
        if line.startswith("%"):
            inside = line.startswith("%block file ")
        if not (inside and line.startswith("|")):
            kept.append(line)
    return kept


def document(state: State, redactor: Redactor, *, simulated: bool) -> dict[str, Any]:
    """The file to send back; `simulated` is what the lab file says of itself (`accept_software_gpu`).

    Redacted once more as a whole: a later step may have told a name that an earlier one used.
    """
    plain = asdict(state)
    steps = plain.pop("steps")
    for kept in ("wish", "starts", "complete", "format_version"):
        plain.pop(kept)
    redactor.learn(steps)
    return {
        "format_version": FORMAT_VERSION,
        "kind": "evidence",
        "tier": "simulated" if simulated else _tier(steps),
        "finished": _now(),
        "seconds": round(sum(step["seconds"] for step in steps), 1),
        "ok": all(step["ok"] for step in steps),
        **plain,
        "steps": redactor.redacted(steps),
    }


def _tier(steps: list[dict[str, Any]]) -> str:
    """A real Mac is one whose GPU was proved: a lab file that says nothing of a simulation is no proof of a Mac."""
    reports = [step["report"] for step in steps if step["name"] == "prove" and step["report"]]
    proofs = [mac["measured"].get("prove", {}) for report in reports for mac in report["macs"]]
    if any(proof.get("software") or proof.get("modelled") for proof in proofs):
        return "simulated"
    return "real Mac" if any(proof.get("accepted") for proof in proofs) else "unproven"


def write_document(path: Path, value: dict[str, Any]) -> None:
    """Write the file to send back, readable by its owner only. Raises `BadState`."""
    write_private(path, value)


def to_stderr(text: str) -> None:
    """A line of progress; a reader that is gone is no reason to stop."""
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
