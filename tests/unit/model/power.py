"""A Mac's power settings in memory: every one the resource may meet, and what its commands do to one."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from carbon_fleet import assets
from carbon_fleet.plan import Change, Where, shell
from operations.power import KEYS, Idle, Power, PowerSeen

IDLE = st.integers(0, 30).map(lambda minutes: Idle(minutes * 60)) | st.sampled_from([Idle("3h"), Idle("30d")])
TIMERS = ("sleep", "displaysleep", "disksleep")


def strategy_wanted() -> st.SearchStrategy[Power]:
    """Any wish of `power:`."""
    return st.builds(Power, **_fields())


def strategy_seen() -> st.SearchStrategy[PowerSeen]:
    """Any Mac: with and without each of the settings."""
    return st.builds(PowerSeen, **_fields())


def _fields() -> dict[str, st.SearchStrategy[Idle | bool | None]]:
    return {field: (IDLE if key in TIMERS else st.booleans()) | st.none() for field, key in KEYS.items()}


def apply(seen: PowerSeen, change: Change) -> PowerSeen:
    """The settings after a Change's one command."""
    (command,) = change.commands
    assert command.where is Where.MAC
    argv, words = command.argv[:4], command.argv[4:]
    assert argv == shell(assets.text("power/set.sh"))
    assert words
    said = dict(zip(words[::2], words[1::2], strict=True))
    assert len(said) * 2 == len(words), "a setting is set once"
    fields = {key: field for field, key in KEYS.items()}
    for key, value in said.items():
        assert getattr(seen, fields[key]) is not None, "pmset would set what this Mac does not have"
        change_of: dict[str, Any] = {fields[key]: Idle(int(value) * 60) if key in TIMERS else value == "1"}
        seen = replace(seen, **change_of)
    return seen
