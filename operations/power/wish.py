"""What a lab file may say of when a Mac sleeps and wakes."""

from collections.abc import Iterator
from typing import ClassVar, Self

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from carbon_fleet.spec import Duration, Mac, Problem, Wish, mistake

NEVER = "never"
MINUTE = 60
LONGEST = 30 * 86400


class Idle(Duration):
    """How long a Mac is idle before something sleeps: whole minutes, or `never` (0), as pmset has it.

    `Idle("30m").minutes == 30`, `Idle("never").minutes == 0`.
    """

    units: ClassVar[dict[str, int]] = {"m": MINUTE, "h": 3600, "d": 86400}
    example: ClassVar[str] = "30m"
    preferred: ClassVar[str] = "m"

    @classmethod
    def parse(cls, value: object) -> Self:
        """The idle time written as `value`; a pydantic error that says what to write when it cannot be read."""
        if isinstance(value, cls):
            return value
        if value == NEVER:
            return cls(0)
        if value is False or value in ("off", "no"):
            raise mistake("`{text}` is not an idle time", write="write `never`")
        idle = super().parse("0m" if value in (0, "0") else value)
        if not idle:
            raise mistake("`{text}` would be no time at all", "macOS takes 0 for never", "write `never`")
        if idle > LONGEST:
            raise mistake("`{text}` is too long", f"an idle time is at most {cls(LONGEST)}", "write `never`")
        return idle

    @property
    def minutes(self) -> int:
        """This idle time in whole minutes; 0 is never."""
        return int(self) // MINUTE

    def __str__(self) -> str:
        """The canonical form: `never`, or the largest unit that leaves a whole number."""
        return super().__str__() if self else NEVER

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        said = super().__get_pydantic_json_schema__(schema, handler)
        units = "|".join(cls.units)
        return {**said, "pattern": f"^({NEVER}|[1-9][0-9]*({units}))$", "examples": [NEVER, cls.example]}


class Power(Wish):
    """What `power:` in a lab file may say, of a Mac on wall power. What is left out is left as it is."""

    sleep: Idle | None = None
    """When the Mac itself falls asleep."""
    display_sleep: Idle | None = None
    """When its display does."""
    disk_sleep: Idle | None = None
    """When its disks do."""
    wake_on_lan: bool | None = None
    """Whether it wakes when it is asked for over the network."""
    restart_after_power_failure: bool | None = None
    """Whether it starts by itself once the power is back; laptops cannot be told."""


def check(wanted: Power, mac: Mac) -> Iterator[Problem]:
    """The pairs of timers to which macOS does not keep, as pmset warns (`checkSettingConsistency` in its source)."""
    if not wanted.sleep:
        return
    display, disk = wanted.display_sleep, wanted.disk_sleep
    if display is not None and wanted.sleep.minutes > 1 and not 0 < display <= wanted.sleep:
        why = f"the Mac is to sleep after {wanted.sleep}, which it does only once its display sleeps"
        yield Problem(("power", "display_sleep"), f"`{display}` is too late", why, f"write `{wanted.sleep}` or less")
    if disk is not None and not disk:
        why = f"the Mac is to sleep after {wanted.sleep}, which it does only once its disks may"
        yield Problem(("power", "disk_sleep"), "`never` is too late", why, f"write `{wanted.sleep}`")
