"""What `power:` takes and what it refuses, in the words a person reads."""

import pytest

from carbon_fleet.spec import LabError, SectionSpec, lab_from_text
from operations.power import RESOURCE, Idle, Power

SECTIONS = (SectionSpec(RESOURCE.key, RESOURCE.wanted, RESOURCE.check),)


def wish(power: str) -> Power:
    text = f"lab: a\nmacs:\n  mac-01:\n    host: local\n    power: {power}\n"
    return lab_from_text(text, SECTIONS).mac("mac-01").section("power", Power)


def test_nothing_is_managed_unless_it_is_written() -> None:
    assert wish("{}") == Power()
    assert all(value is None for _, value in Power())


@pytest.mark.parametrize(
    ("written", "minutes", "shown"),
    [
        ("never", 0, "never"),
        ("1m", 1, "1m"),
        ("30m", 30, "30m"),
        ("120m", 120, "2h"),
        ("3h", 180, "3h"),
        ("1d", 1440, "1d"),
    ],
)
def test_an_idle_time(written: str, minutes: int, shown: str) -> None:
    idle = wish(f"{{sleep: {written}}}").sleep
    assert isinstance(idle, Idle)
    assert (idle.minutes, str(idle)) == (minutes, shown)
    assert Idle(shown) == idle


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{sleep: 0}", "write `never`"),
        ("{sleep: 0m}", "write `never`"),
        ("{sleep: false}", "write `never`"),
        ("{sleep: off}", "write `never`"),
        ("{sleep: 30}", "write `30m`"),
        ("{sleep: 30min}", "write `30m`"),
        ("{sleep: 90s}", "write it as `30m`"),
        ("{sleep: 31d}", "write `never`"),
        ("{sleep: soon}", "write it as `30m`"),
        ("{sleep: [never]}", "write a number and its unit: `30m`"),
        ("{wake_on_lan: yes}", "write `true`"),
        ("{wakeonlan: true}", "did you mean `wake_on_lan`?"),
        ("{sleep: 10m, display_sleep: 20m}", "write `10m` or less"),
        ("{sleep: 10m, display_sleep: never}", "write `10m` or less"),
        ("{sleep: 10m, disk_sleep: never}", "write `10m`"),
    ],
)
def test_what_it_is_not(written: str, says: str) -> None:
    with pytest.raises(LabError) as error:
        wish(written)
    (fault,) = error.value.errors
    assert fault.line == 5
    assert says in str(fault)


@pytest.mark.parametrize("written", ["{sleep: 1m, display_sleep: 20m}", "{sleep: never, display_sleep: never}"])
def test_what_macos_keeps_to(written: str) -> None:
    wish(written)
