"""One section of a probe's answer, before a resource gives it a type."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEADLINE_PASSED = 124
"""Exit status of a command that was ended because its deadline passed (as coreutils' timeout says it)."""


class Unreadable(Exception):
    """A section, or a part of it, could not be read: its truth is unknown, which is neither absent nor empty."""

    def __init__(self, what: str, status: int | None = None, stderr: str = "") -> None:
        """`what` names the part; `status` and `stderr` are those of the command that should have told."""
        self.what, self.status, self.stderr = what, status, stderr.strip()
        how = "its deadline passed" if status == DEADLINE_PASSED else f"exit status {status}"
        detail = f": {self.stderr.splitlines()[-1]}" if self.stderr else ""
        super().__init__(what if status is None else f"{what} ({how}){detail}")


@dataclass(frozen=True)
class Block:
    """What one command inside a section printed, and how it ended."""

    name: str
    status: int
    out: tuple[str, ...] = ()
    err: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Standard output, lines joined by newlines."""
        return "\n".join(self.out)

    def must(self) -> "Block":
        """Return this block when its command ended well; else raise `Unreadable`."""
        if self.status != 0:
            raise Unreadable(self.name, self.status, "\n".join(self.err))
        return self

    def json(self) -> Any:
        """Standard output as JSON; `Unreadable` when it is none."""
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise Unreadable(f"{self.name}: not JSON: {error}", self.status, "\n".join(self.err)) from error

    def bytes(self) -> bytes:
        """Standard output decoded from base64 (how files travel)."""
        try:
            return base64.b64decode("".join(self.out), validate=True)
        except binascii.Error as error:
            raise Unreadable(f"{self.name}: not base64: {error}", self.status) from error


@dataclass(frozen=True)
class Section:
    """Everything one probe section said: `key=value` facts (in order, repeatable) and blocks of command output."""

    name: str
    status: int = 0
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)
    err: tuple[str, ...] = ()
    milliseconds: int | None = None

    def all(self, key: str) -> tuple[str, ...]:
        """Every value said for `key`, in order; none is an empty tuple."""
        return self.facts.get(key, ())

    def get(self, key: str) -> str | None:
        """The one value said for `key`, or None when the section did not mention it."""
        values = self.all(key)
        return values[-1] if values else None

    def need(self, key: str) -> str:
        """The value of a fact that a healthy section always says; `Unreadable` when it is missing."""
        value = self.get(key)
        if value is None:
            raise Unreadable(f"{self.name}: no `{key}` in the probe's answer", self.status, "\n".join(self.err))
        return value

    def need_int(self, key: str) -> int:
        """A whole number; `Unreadable` when missing or not a number."""
        value = self.need(key)
        try:
            return int(value)
        except ValueError as error:
            raise Unreadable(f"{self.name}: `{key}` is {value!r}, not a number", self.status) from error

    def block(self, name: str) -> Block:
        """A block that a healthy section always has; `Unreadable` when it is missing."""
        if name not in self.blocks:
            raise Unreadable(f"{self.name}: no `{name}` in the probe's answer", self.status, "\n".join(self.err))
        return self.blocks[name]
