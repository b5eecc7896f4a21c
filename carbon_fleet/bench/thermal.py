"""Whether a host is held back because it is hot, as it says itself.

A Mac by `pmset -g therm` (pmset(1)): one that never was hot prints notes that nothing has been recorded; one that was
prints limits in percent. A Linux host by nvidia-smi, for each of its GPUs (nvidia-smi(1), "Clocks Throttle Reasons").
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from carbon_fleet.plan import Command, mac

_PAIR = re.compile(r"^\s*([A-Za-z_ ]+?)\s*[=:]\s*(\d+)\s*$")
_NOTHING = "has been recorded"
_LIMITS = ("cpu_speed_limit", "cpu_scheduler_limit")
_REASONS = ("clocks_throttle_reasons.hw_thermal_slowdown", "clocks_throttle_reasons.sw_thermal_slowdown")
_HOT, _COOL = "Active", "Not Active"
_SECONDS = 10


@dataclass(frozen=True)
class Heat:
    """How a kind of host is asked, and what its answer says: True, False, or None where it says neither."""

    command: Command
    held_back: Callable[[Sequence[str]], bool | None]

    def told(self, status: int, lines: Sequence[str]) -> dict[str, Any]:
        """`throttled` as `held_back`, None where the command failed; `said` are the lines themselves, shortened."""
        return {
            "throttled": self.held_back(lines) if status == 0 else None,
            "said": [line.strip()[:120] for line in lines[:8]],
        }


def _pmset(lines: Sequence[str]) -> bool | None:
    pairs = {
        match[1].strip().lower().replace(" ", "_"): int(match[2]) for line in lines if (match := _PAIR.match(line))
    }
    limits = [pairs[name] for name in _LIMITS if name in pairs]
    warnings = [value for name, value in pairs.items() if "warning" in name]
    if limits or warnings:
        return any(limit < 100 for limit in limits) or any(warnings)
    return False if any(_NOTHING in line for line in lines) else None


def _nvidia_smi(lines: Sequence[str]) -> bool | None:
    said = [word.strip() for line in lines if line.strip() for word in line.split(",")]
    if _HOT in said:
        return True
    return False if said and all(word == _COOL for word in said) else None


PMSET = Heat(mac("pmset", "-g", "therm", deadline=_SECONDS), _pmset)
NVIDIA_SMI = Heat(
    mac("nvidia-smi", f"--query-gpu={','.join(_REASONS)}", "--format=csv,noheader", deadline=_SECONDS), _nvidia_smi
)
