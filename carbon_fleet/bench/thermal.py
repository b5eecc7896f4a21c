"""What `pmset -g therm` says: whether macOS holds a Mac back because it is hot (pmset(1)).

A Mac that never was hot prints notes that nothing has been recorded; one that was prints limits in percent.
"""

import re
from collections.abc import Sequence
from typing import Any

_PAIR = re.compile(r"^\s*([A-Za-z_ ]+?)\s*[=:]\s*(\d+)\s*$")
_NOTHING = "has been recorded"
_LIMITS = ("cpu_speed_limit", "cpu_scheduler_limit")


def thermal(status: int, lines: Sequence[str]) -> dict[str, Any]:
    """`throttled` is True, False, or None where the answer says neither; `said` are the lines themselves, shortened."""
    pairs = {
        match[1].strip().lower().replace(" ", "_"): int(match[2]) for line in lines if (match := _PAIR.match(line))
    }
    limits = [pairs[name] for name in _LIMITS if name in pairs]
    warnings = [value for name, value in pairs.items() if "warning" in name]
    throttled: bool | None = None
    if limits or warnings:
        throttled = any(limit < 100 for limit in limits) or any(warnings)
    elif any(_NOTHING in line for line in lines):
        throttled = False
    return {"throttled": throttled if status == 0 else None, "said": [line.strip()[:120] for line in lines[:8]]}
