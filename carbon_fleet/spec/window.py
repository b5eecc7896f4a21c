"""A part of the day by the Mac's own clock, in which something may be done: `22:00-05:00`."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator

from carbon_fleet.spec.base import mistake
from carbon_fleet.spec.words import Text

DAY = 24 * 60
_WRITTEN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-(?:([01][0-9]|2[0-3]):([0-5][0-9])|24:00)")
AHEAD = 3 * DAY
"""Minutes in which a window opens: a day's may be left out where the clock is put on."""


@dataclass(frozen=True)
class Window:
    """Minutes of the day from `begin` until before `end`; over midnight where that is the smaller one."""

    begin: int
    end: int

    @classmethod
    def of(cls, text: str) -> Self:
        """The window written as `22:00-05:00`; all day is `00:00-24:00`. Raises a pydantic error."""
        found = _WRITTEN.fullmatch(text)
        if not found:
            why = "a window is the time it opens and the time it closes, by the Mac's own clock"
            raise mistake("`{text}` is no window", why, "write one such as `22:00-05:00`")
        begin = int(found[1]) * 60 + int(found[2])
        end = int(found[3]) * 60 + int(found[4]) if found[3] else DAY
        if begin == end:
            why = "that is no time at all, or all day"
            raise mistake("`{text}` opens when it closes", why, "write `00:00-24:00` for all day")
        return cls(begin, end)

    @property
    def minutes(self) -> int:
        """How long it is open, on a day without a change of the clock."""
        return (self.end - self.begin) % DAY or DAY

    def holds(self, wall: datetime) -> bool:
        """Whether it is open when a clock on the wall shows this; what zone that clock is of does not count."""
        now = wall.hour * 60 + wall.minute
        return self.begin <= now < self.end if self.begin < self.end else now >= self.begin or now < self.end

    def opens(self, now: datetime, local: Callable[[datetime], datetime]) -> datetime:
        """The next minute it is open, from an aware `now` on; `local` says what a clock on the wall shows at a moment.

        Each minute is asked for, so that hours a change of the clock leaves out or repeats need no rule.
        """
        return next(wall for wall in _ahead(now, local) if self.holds(wall))

    def closes(self, now: datetime, local: Callable[[datetime], datetime]) -> datetime | None:
        """The next minute it is not open, asked for in the same way; None where it is open all day."""
        return next((wall for wall in _ahead(now, local) if not self.holds(wall)), None)


def _ahead(now: datetime, local: Callable[[datetime], datetime]) -> Iterator[datetime]:
    start = now.astimezone(UTC).replace(second=0, microsecond=0)
    return (local(start + timedelta(minutes=ahead)) for ahead in range(AHEAD))


def _window(value: str) -> str:
    Window.of(value)
    return value


WindowText = Annotated[Text, AfterValidator(_window)]
"""A window as it is written, `22:00-05:00`."""
