"""When a Mac on wall power sleeps, wakes and restarts: a lab Mac must not fall asleep.

pmset(1) and `pmset/pmset.m` of Apple's PowerManagement-1846: `pmset -g custom` prints a headline for each kind of power
(`Battery Power:`, `AC Power:`, `UPS Power:`; a desktop has no battery), then a line ` %-20s VALUE` for each setting
this Mac has; a name may hold spaces (`Sleep On Power Button`), timers are minutes and 0 is never. `-c KEY VALUE…` sets
those for wall power, all in one go, as root only. Laptops list no `autorestart`. sudoers(5), from sudo 1.9.10 on, takes
a regular expression for arguments.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from carbon_fleet import assets
from carbon_fleet.plan import Action, Attribute, Change, Finding, Refusal, Resource, World, mac, shell
from carbon_fleet.snapshot import Block, Section, Unreadable
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.power.wish import MINUTE, Idle, Power, check

__all__ = ["KEYS", "RESOURCE", "Idle", "Power", "PowerSeen", "asks", "differences", "read"]

WALL = "AC Power:"
KEYS: Mapping[str, str] = {
    "sleep": "sleep",
    "display_sleep": "displaysleep",
    "disk_sleep": "disksleep",
    "wake_on_lan": "womp",
    "restart_after_power_failure": "autorestart",
}
"""A field of the wish → pmset's name for it."""
_SETTING = re.compile(r"\s+(\S.*?)\s+(\S+)")


@dataclass(frozen=True)
class PowerSeen:
    """The settings for wall power. None: this Mac has no such setting, or the lab file does not manage any."""

    sleep: Idle | None = None
    display_sleep: Idle | None = None
    disk_sleep: Idle | None = None
    wake_on_lan: bool | None = None
    restart_after_power_failure: bool | None = None


def read(section: Section) -> PowerSeen:
    """Type the `power` section."""
    if section.need("asked") == "no":
        return PowerSeen()
    said = _wall(section.block("custom").must())
    return PowerSeen(
        sleep=_idle(said, "sleep"),
        display_sleep=_idle(said, "displaysleep"),
        disk_sleep=_idle(said, "disksleep"),
        wake_on_lan=_truth(said, "womp"),
        restart_after_power_failure=_truth(said, "autorestart"),
    )


def _wall(block: Block) -> Mapping[str, str]:
    settings: dict[str, dict[str, str]] = {}
    power = ""
    for line in block.out:
        if not line.startswith(" "):
            power = line.rstrip()
            settings[power] = {}
        elif match := _SETTING.fullmatch(line.rstrip()):
            settings.setdefault(power, {})[match[1]] = match[2]
    if WALL not in settings:
        raise Unreadable(f"{block.name}: pmset said nothing of `{WALL}`", block.status, "\n".join(block.err))
    return settings[WALL]


def _number(said: Mapping[str, str], key: str) -> int | None:
    value = said.get(key)
    if value is not None and not value.isdecimal():
        raise Unreadable(f"custom: pmset said {key} is {value!r}, not a number")
    return None if value is None else int(value)


def _idle(said: Mapping[str, str], key: str) -> Idle | None:
    minutes = _number(said, key)
    return None if minutes is None else Idle(minutes * MINUTE)


def _truth(said: Mapping[str, str], key: str) -> bool | None:
    number = _number(said, key)
    return None if number is None else number != 0


def differences(wanted: Power, seen: PowerSeen, world: World) -> Iterator[Finding]:
    """A Refusal for each wish this Mac has no setting for; else one Change, with one command for all that differs."""
    pairs = {field: (getattr(seen, field), getattr(wanted, field)) for field in KEYS}
    differing = {field: pair for field, pair in pairs.items() if _differ(*pair)}
    lacking = [field for field, (before, _) in differing.items() if before is None]
    yield from (_lacking(field) for field in lacking)
    if differing and not lacking:
        attributes = tuple(Attribute(field, _word(was), _word(shall)) for field, (was, shall) in differing.items())
        words = [word for field, (_, after) in differing.items() for word in (KEYS[field], _argument(after))]
        command = mac(*shell(assets.text("power/set.sh"), *words), deadline=30, says=f"pmset -c {' '.join(words)}")
        reason = "the lab file says so of this Mac on wall power"
        yield Change("power.ac", Action.UPDATE, attributes, reason, (command,))


def _differ(before: Idle | bool | None, after: Idle | bool | None) -> bool:
    """What is not wished differs never; what a Mac cannot do is as good as off or never."""
    return after is not None and before != after and not (before is None and not after)


def _word(value: Idle | bool | None) -> str | bool | None:
    return str(value) if isinstance(value, Idle) else value


def _argument(value: Idle | bool) -> str:
    return str(value.minutes if isinstance(value, Idle) else int(value))


def _lacking(field: str) -> Refusal:
    return Refusal(
        f"power.{field}",
        "POWER_SETTING_UNKNOWN",
        f"this Mac has no setting `{KEYS[field]}` (`pmset -g custom` does not name it)",
        "what the lab file wishes of it cannot be had",
        f"leave it out for this Mac: `power: {{{field}: null}}`",
    )


def asks(wanted: Power, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/power.sh`."""
    return {"CF_POWER_ASKED": "no" if wanted == Power() else "yes"}


def found(wanted: Power, seen: PowerSeen) -> Mapping[str, Any]:
    """The settings the lab file manages, each as it is written there; those this Mac has not are left out."""
    settings = {field: _word(getattr(seen, field)) for field, value in wanted if value is not None}
    return {f"power.{field}": value for field, value in settings.items() if value is not None}


def removal(wanted: Power, seen: PowerSeen, before: Mapping[str, Any], world: World) -> Iterator[Finding]:
    """The settings that were found, as a wish."""
    said = {field: before[f"power.{field}"] for field in KEYS if f"power.{field}" in before}
    for finding in differences(Power.model_validate_json(json.dumps(said)), seen, world):
        yield replace(finding, reason="it was so before") if isinstance(finding, Change) else finding


RESOURCE = Resource(
    "power",
    "power",
    Power,
    read,
    differences,
    asks=asks,
    check=check,
    moved_by={"power.*": ("macos",)},
    found=found,
    removal=removal,
    applies=runtimes.on_a_mac,
)
