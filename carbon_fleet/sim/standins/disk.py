"""What all stand-ins share: the Mac's facts, atomic files, the journal of calls, and how they end."""

from __future__ import annotations

import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

SHARED = "/.sim/mac"


def facts() -> dict[str, str]:
    """What this Mac is: the lab's facts under the overrides of the faults injected now."""
    found = _read(f"{SHARED}/facts")
    faults = f"{SHARED}/faults"
    for name in sorted(os.listdir(faults)):
        found.update(_read(f"{faults}/{name}"))
    return found


def fault(name: str) -> bool:
    """Whether the fault `name` is injected now."""
    return os.path.exists(f"{SHARED}/faults/{name}")


def consume_fault(name: str) -> bool:
    """Whether the fault was there; it is gone afterwards (faults that happen once)."""
    try:
        os.unlink(f"{SHARED}/faults/{name}")
    except FileNotFoundError:
        return False
    return True


def _read(path: str) -> dict[str, str]:
    with open(path) as file:
        pairs = (line.rstrip("\n").partition("=") for line in file if "=" in line)
        return {key: value.strip("'") for key, _, value in pairs}


def journal(argv: list[str], **more: object) -> None:
    """Note that a stand-in was called: tests count and read these."""
    line = json.dumps({"at": round(time.time(), 3), "argv": argv, **more})
    with open(f"{SHARED}/calls.jsonl", "a") as file:
        file.write(line + "\n")
    if delay := facts().get("SIM_DELAY"):
        time.sleep(float(delay))


def fail(message: str, status: int = 1) -> NoReturn:
    """Say `message` on standard error and end."""
    sys.stdout.flush()
    sys.stderr.write(message.rstrip("\n") + "\n")
    sys.stderr.flush()
    sys.exit(status)


def read_json(path: str, default: Any = None) -> Any:
    """The JSON in `path`; `default` when there is no such file."""
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        return default


def write_json(path: str, value: object, *, mode: int = 0o644, indent: int | None = None) -> None:
    """Write beside and rename, as the real programs do."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    text = json.dumps(value, indent=indent, separators=None if indent else (",", ":"))
    write_text(path, text + ("\n" if indent else ""), mode=mode)


def write_text(path: str, text: str, *, mode: int = 0o644) -> None:
    """Write beside and rename."""
    beside = f"{path}.{os.getpid()}"
    with open(beside, "w") as file:
        file.write(text)
    os.chmod(beside, mode)
    os.rename(beside, path)
