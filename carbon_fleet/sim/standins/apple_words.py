"""How Apple's container says what went wrong, and the state that all its commands share.

`Error: CODE: "MESSAGE"` on standard error is how swift-argument-parser ends on a ContainerizationError; 1 is its exit
status, 64 that of what was typed wrong (`Application.swift`, and Homebrew's formula, whose test expects the first).
"""

from __future__ import annotations

import fcntl
import json
from contextlib import contextmanager

from .disk import SHARED, fail, read_json, write_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, NoReturn

STORE = f"{SHARED}/apple.json"
STOPPED = (
    'Error: interrupted: "internalError: "failed to list containers" (cause: "interrupted: "XPC connection error: '
    'Connection invalid"")\nEnsure container system service has been started with `container system start`."'
)
APP_ROOT = "/Users/lab/Library/Application Support/com.apple.container"


def refuse(said: str, status: int = 1) -> NoReturn:
    """End with an error; what was typed wrong has its usage below it."""
    fail(f"Error: {said}" + ("\nUsage: container <subcommand>" if status == 64 else ""), status)


def wrong(code: str, message: str) -> NoReturn:
    """End with an error of the tool's own."""
    refuse(f'{code}: "{message}"')


def known() -> dict[str, Any]:
    """Containers and volumes by name."""
    found: dict[str, Any] = read_json(STORE, {"containers": {}, "volumes": {}})
    return found


@contextmanager
def changing() -> Iterator[dict[str, Any]]:
    """The same, to be changed: one command at a time."""
    with open(f"{STORE}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = known()
        yield state
        write_json(STORE, state)


def pretty(value: object) -> str:
    """As Swift's JSONEncoder writes it with `.prettyPrinted` and `.sortedKeys` (`OutputRendering.swift`)."""
    return json.dumps(value, indent=2, sort_keys=True, separators=(",", " : ")) + "\n"


def compact(value: object) -> str:
    """As it writes lists: one line, keys sorted."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")) + "\n"
