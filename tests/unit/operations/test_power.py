from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.plan import Change, Finding, Refusal, World
from carbon_fleet.snapshot import Snapshot, read_snapshot
from carbon_fleet.spec import Mac
from operations.power import RESOURCE, Idle, Power, PowerSeen, asks, differences, read

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "power"
DESKTOP = PowerSeen(Idle("never"), Idle("20m"), Idle("10m"), True, True)
LAPTOP = PowerSeen(Idle("1m"), Idle("10m"), Idle("10m"), True, None)
WANTED = Power(
    sleep=Idle("never"),
    display_sleep=Idle("20m"),
    disk_sleep=Idle("10m"),
    wake_on_lan=True,
    restart_after_power_failure=True,
)


def snapshot(name: str) -> Snapshot:
    return read_snapshot("mac-01", (TRANSCRIPTS / f"{name}.txt").read_text().splitlines())


def findings(seen: PowerSeen, wanted: Power = WANTED) -> list[Finding]:
    return list(differences(wanted, seen, World(Mac("mac-01"), Snapshot("mac-01"))))


@pytest.mark.parametrize(
    ("transcript", "seen"),
    [
        ("desktop", DESKTOP),
        ("laptop", LAPTOP),
        ("ups", DESKTOP),
        ("virtual", PowerSeen(Idle("1m"), Idle("10m"), Idle("never"))),
        ("not-asked", PowerSeen()),
    ],
)
def test_a_transcript_is_read(transcript: str, seen: PowerSeen) -> None:
    assert read(snapshot(transcript).section("power")) == seen


@pytest.mark.parametrize(
    ("transcript", "says"),
    [
        ("deadline", "custom (its deadline passed)"),
        ("no-pmset", "custom (exit status 127): sh: pmset: command not found"),
        ("battery-only", "custom: pmset said nothing of `AC Power:` (exit status 0)"),
        ("nothing", "custom: pmset said nothing of `AC Power:` (exit status 0)"),
        ("odd-number", "custom: pmset said sleep is 'soon', not a number"),
    ],
)
def test_what_cannot_be_read_is_refused(transcript: str, says: str) -> None:
    world = World(Mac("mac-01", sections={"power": WANTED}), snapshot(transcript))
    (refusal,) = RESOURCE.findings(world)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.what) == ("POWER_UNREADABLE", says)


def test_a_lab_that_manages_nothing_asks_nothing() -> None:
    assert asks(Power(), Mac("mac-01")) == {"CF_POWER_ASKED": "no"}
    assert asks(Power(wake_on_lan=False), Mac("mac-01")) == {"CF_POWER_ASKED": "yes"}
    assert RESOURCE.findings(World(Mac("mac-01", sections={"power": Power()}), snapshot("not-asked"))) == ()


def test_a_mac_as_wished_has_nothing_to_say() -> None:
    assert findings(DESKTOP) == []
    assert findings(LAPTOP, Power(display_sleep=Idle("10m"))) == []


DRIFT: list[tuple[dict[str, Any], str, object, object, str]] = [
    ({"sleep": Idle("1m")}, "sleep", "1m", "never", "sleep 0"),
    ({"display_sleep": Idle("2h")}, "display_sleep", "2h", "20m", "displaysleep 20"),
    ({"display_sleep": Idle("never")}, "display_sleep", "never", "20m", "displaysleep 20"),
    ({"disk_sleep": Idle("never")}, "disk_sleep", "never", "10m", "disksleep 10"),
    ({"wake_on_lan": False}, "wake_on_lan", False, True, "womp 1"),
    ({"restart_after_power_failure": False}, "restart_after_power_failure", False, True, "autorestart 1"),
]


@pytest.mark.parametrize(("drift", "name", "before", "after", "words"), DRIFT, ids=[row[4] for row in DRIFT])
def test_each_attribute_is_seen_and_mended(
    drift: dict[str, Any], name: str, before: object, after: object, words: str
) -> None:
    (change,) = findings(replace(DESKTOP, **drift))
    assert isinstance(change, Change)
    assert change.address == "power.ac"
    assert [(item.name, item.before, item.after) for item in change.attributes] == [(name, before, after)]
    (command,) = change.commands
    first = "# Set power settings for wall power, as root: pmset -c KEY VALUE [KEY VALUE...] …"
    assert str(command) == f"/bin/sh -c '{first}' sh {words}"
    assert command.says == f"pmset -c {words}"


def test_all_that_differs_is_one_command() -> None:
    (change,) = findings(PowerSeen(Idle("1m"), Idle("10m"), Idle("10m"), False, False))
    assert isinstance(change, Change)
    assert [item.name for item in change.attributes] == [
        "sleep", "display_sleep", "wake_on_lan", "restart_after_power_failure",
    ]  # fmt: skip
    (command,) = change.commands
    assert command.argv[4:] == ("sleep", "0", "displaysleep", "20", "womp", "1", "autorestart", "1")


def test_what_this_mac_has_not_cannot_be_wished() -> None:
    (refusal,) = findings(LAPTOP)
    assert isinstance(refusal, Refusal)
    assert (refusal.address, refusal.code) == ("power.restart_after_power_failure", "POWER_SETTING_UNKNOWN")
    assert "`autorestart`" in refusal.what
    assert "`power: {restart_after_power_failure: null}`" in refusal.remedy


def test_what_this_mac_has_not_is_as_good_as_off() -> None:
    assert findings(LAPTOP, Power(restart_after_power_failure=False)) == []
    assert findings(PowerSeen(), Power(disk_sleep=Idle("never"))) == []
