"""The state of a run that collects evidence: one file, rewritten and synced after every step, so that it can go on."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from carbon_fleet.report.kept import state_directory
from carbon_fleet.report.kept import write_private as write_text

FORMAT_VERSION = 1


class BadState(Exception):
    """The file is there and cannot be read or written, or is not ours; the message says what to do."""


@dataclass
class Step:
    """One step that came to an end. `starts` is above 1 when earlier attempts at it were cut off."""

    name: str
    command: str
    started: str
    seconds: float
    starts: int
    exit: int
    ok: bool
    result: str
    report: dict[str, Any] | None = None
    text: list[str] = field(default_factory=list)


@dataclass
class State:
    """One run: of which wish, when it began, its steps so far, and how often each was begun."""

    version: str
    wish: str
    started: str
    steps: list[Step] = field(default_factory=list)
    starts: dict[str, int] = field(default_factory=dict)
    complete: bool = False
    format_version: int = FORMAT_VERSION

    def step(self, name: str) -> Step | None:
        """The step of this name, if it came to an end."""
        return next((step for step in self.steps if step.name == name), None)


def place(lab: str, mac: str) -> Path:
    """Where the state of this Mac's run is."""
    return state_directory() / "evidence" / lab / f"{mac}.json"


def read_state(path: Path) -> State | None:
    """The state in `path`; None when there is none. Raises `BadState`."""
    try:
        state = TypeAdapter(State).validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadState(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError:
        raise BadState(f"{path} is no state of this program: `--again` starts over") from None
    if state.format_version != FORMAT_VERSION:
        raise BadState(f"{path} is of another version of this program: `--again` starts over")
    return state


def write_private(path: Path, value: Any) -> None:
    """Write JSON that only its owner can read, whole or not at all. Raises `BadState`."""
    try:
        write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")
    except OSError as error:
        raise BadState(f"{path} cannot be written: {error.strerror}") from error


def write_state(path: Path, state: State) -> None:
    """Keep the state. Raises `BadState`."""
    write_private(path, asdict(state))
