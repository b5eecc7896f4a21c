"""When a window is open: over midnight, and where clocks are changed."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest
from pydantic_core import PydanticCustomError

from carbon_fleet.spec.window import Window

BERLIN, SYDNEY = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Sydney")


def at(clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-30T{clock}")


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        ("22:00-05:00", ["22:00", "23:59", "00:00", "04:59:59"], ["05:00", "12:00", "21:59:59"]),
        ("02:00-05:00", ["02:00", "04:59"], ["01:59", "05:00", "23:00"]),
        ("22:00-24:00", ["22:00", "23:59:59"], ["00:00", "21:59"]),
        ("22:00-00:00", ["22:00", "23:59:59"], ["00:00", "21:59"]),
        ("00:00-24:00", ["00:00", "12:00", "23:59:59"], []),
    ],
)
def test_it_opens_and_closes(window: str, inside: list[str], outside: list[str]) -> None:
    assert all(Window.of(window).holds(at(clock)) for clock in inside)
    assert not any(Window.of(window).holds(at(clock)) for clock in outside)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("05:00-05:00", "opens when it closes"),
        ("00:00-00:00", "write `00:00-24:00` for all day"),
        ("24:00-05:00", "is no window"),
        ("22-5", "write one such as `22:00-05:00`"),
        ("22:60-05:00", "is no window"),
        ("22:00 - 05:00", "is no window"),
        ("", "is no window"),
    ],
)
def test_what_is_none(text: str, says: str) -> None:
    with pytest.raises(PydanticCustomError, match=says.replace("`", ".")):
        Window.of(text)


@pytest.mark.parametrize(
    ("window", "zone", "now", "opens"),
    [
        ("22:00-05:00", BERLIN, "2026-11-30T12:00+00:00", "2026-11-30T22:00+01:00"),
        ("22:00-05:00", BERLIN, "2026-11-30T23:30+00:00", "2026-12-01T00:30+01:00"),
        ("02:00-05:00", BERLIN, "2026-11-30T12:00+00:00", "2026-12-01T02:00+01:00"),
        # Put on from 02:00 to 03:00: what is left of the window opens at 03:00, and none that lies in that hour does.
        ("02:30-04:00", BERLIN, "2027-03-28T00:00+00:00", "2027-03-28T03:00+02:00"),
        ("02:10-02:50", BERLIN, "2027-03-28T00:00+00:00", "2027-03-29T02:10+02:00"),
        # Put back from 03:00 to 02:00: it opens twice.
        ("02:10-02:50", BERLIN, "2026-10-25T00:00+00:00", "2026-10-25T02:10+02:00"),
        ("02:10-02:50", BERLIN, "2026-10-25T00:55+00:00", "2026-10-25T02:10+01:00"),
        ("22:00-05:00", SYDNEY, "2026-10-03T20:00+00:00", "2026-10-04T22:00+11:00"),
    ],
)
def test_the_next_time_it_opens(window: str, zone: ZoneInfo, now: str, opens: str) -> None:
    found = Window.of(window).opens(datetime.fromisoformat(now), lambda moment: moment.astimezone(zone))
    assert found.isoformat(timespec="minutes") == opens


def test_how_long_it_is_open() -> None:
    windows = ("22:00-05:00", "02:00-05:00", "00:00-24:00", "22:00-00:00")
    assert [Window.of(text).minutes for text in windows] == [420, 180, 1440, 120]


def test_an_open_one_opens_now() -> None:
    now = datetime(2026, 11, 30, 3, 4, 5, tzinfo=UTC)
    assert Window.of("02:00-05:00").opens(now, lambda moment: moment) == now.replace(second=0)


@pytest.mark.parametrize(
    ("window", "zone", "now", "closes"),
    [
        ("08:00-20:00", UTC, "2026-11-30T12:00:30+00:00", "2026-11-30T20:00+00:00"),
        ("22:00-05:00", UTC, "2026-11-30T23:00:00+00:00", "2026-12-01T05:00+00:00"),
        ("08:00-20:00", UTC, "2026-11-30T21:00:00+00:00", "2026-11-30T21:00+00:00"),
        ("22:00-02:30", BERLIN, "2026-03-28T23:00:00+00:00", "2026-03-29T03:00+02:00"),
        ("00:00-24:00", UTC, "2026-11-30T12:00:00+00:00", None),
    ],
)
def test_the_next_time_it_is_closed(window: str, zone: tzinfo, now: str, closes: str | None) -> None:
    found = Window.of(window).closes(datetime.fromisoformat(now), lambda moment: moment.astimezone(zone))
    assert (found and found.isoformat(timespec="minutes")) == closes
