"""What one pytest process tells the verb: a line of JSON at a time, so that an early end loses little."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from carbon_fleet.verify.trouble import Closed

UNKNOWN = "unknown: "
"""How the reason of a skip begins that leaves something unknown: such a Mac is not verified."""


class Recorder:
    """Writes the lines. Without a path it keeps nothing (the suite run by hand)."""

    def __init__(self, path: Path | None) -> None:
        """Append to `path`."""
        self._path = path

    def test(self, name: str, outcome: str, message: str, remedy: str) -> None:
        """A test: `passed`, `failed`, `skipped` or `unknown`."""
        self._write(kind="test", name=name, outcome=outcome, message=message, remedy=remedy)

    def closed(self, closed: Closed) -> None:
        """The Mac could not be entered, or no longer."""
        self._write(kind="closed", code=closed.code, what=closed.what, why=closed.why, remedy=closed.remedy)

    def gpu(self, gpu: str) -> None:
        """The device that computed."""
        self._write(kind="gpu", gpu=gpu)

    def notice(self, address: str, code: str, what: str, why: str, remedy: str) -> None:
        """Something to be known about a Mac that passes."""
        self._write(kind="notice", address=address, code=code, what=what, why=why, remedy=remedy)

    def end(self, execs: int) -> None:
        """Every test has had its turn."""
        self._write(kind="end", execs=execs)

    def _write(self, **line: Any) -> None:
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")


@dataclass
class Told:
    """All that one process told. `execs` is None when it did not come to its end."""

    tests: list[dict[str, str]] = field(default_factory=list)
    notices: list[dict[str, str]] = field(default_factory=list)
    closed: dict[str, str] | None = None
    gpu: str | None = None
    execs: int | None = None

    def count(self, outcome: str) -> int:
        """How many tests came out so."""
        return sum(test["outcome"] == outcome for test in self.tests)


def read(path: Path) -> Told:
    """What was written to `path`; a half last line is left out."""
    told = Told()
    for line in _lines(path):
        kind = line.pop("kind")
        if kind == "test":
            told.tests.append(line)
        elif kind == "notice":
            told.notices.append(line)
        elif kind == "closed":
            told.closed = line
        elif kind == "gpu":
            told.gpu = line["gpu"]
        else:
            told.execs = line["execs"]
    return told


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for line in text.splitlines(keepends=True):
        if line.endswith("\n"):
            yield json.loads(line)
