"""What was there is noted before the first Change, once, and nothing is changed where it cannot be."""

import base64
import json
from typing import Any

import pytest

from carbon_fleet.connectors.ran import GaveUp, Ran
from carbon_fleet.engine.mac_lock import Holding, MacLock
from carbon_fleet.engine.noting import hold_and_note
from carbon_fleet.plan import Command
from carbon_fleet.plan import applied as record
from carbon_fleet.plan.applied import Applied
from carbon_fleet.plan.found import Found, write
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot, Unreadable
from carbon_fleet.spec import lab_from_text

MAC = lab_from_text("lab: x\ndefaults: {user: lab}\nmacs:\n  m: {host: h}\n", lab_sections()).mac("m")
PATH = "/s/found-x.json"


class Fake:
    """A Session that writes down what is noted."""

    def __init__(self, journal: bytes | None = None, *, status: int = 0) -> None:
        self.mac, self.status, self.journal = MAC, status, None
        self.lock: MacLock | None = MacLock("m", Holding("lee@desk", "apply", "run-2"), self.ask)
        self.noted, self.section = list[dict[str, Any]](), Section("record", 0, {"file": (f"absent {PATH}",)})
        if journal is not None:
            block = Block(f"file {PATH}", 0, (base64.b64encode(journal).decode(),))
            self.section = Section("record", 0, {"file": (f"regular 0600 a b {PATH}",)}, {block.name: block})

    def hold(self) -> bool:
        return True

    def snapshot(self) -> Snapshot:
        return Snapshot("m", {"record": self.section}, Guest.ABSENT)

    def ask(self, command: Command) -> Ran:
        self.noted.append(json.loads(base64.b64decode(command.stdin or "")))
        return Ran(self.status, (), ("no room",))


def test_it_is_noted_once_and_with_the_run() -> None:
    fake: Any = Fake()
    assert hold_and_note(fake) is True
    hold_and_note(fake)
    (noted,) = fake.noted
    assert (noted["run"], noted["lab"], noted["mac"], noted["guest"]) == ("run-2", "x", "m", "absent")


def test_what_is_noted_already_stays_and_only_what_is_new_is_added() -> None:
    old = Found("run-1", "then", "absent", {"power.sleep": "1m"}, {"~/.local": False})
    fake: Any = Fake(base64.b64decode(write(old, MAC).stdin or ""))
    hold_and_note(fake)
    (noted,) = fake.noted
    assert (noted["run"], noted["before"], noted["places"]["~/.local"]) == ("run-1", {"power.sleep": "1m"}, False)
    assert len(noted["places"]) > 10
    again: Any = Fake(json.dumps(noted).encode())
    hold_and_note(again)
    assert again.noted == []


def test_what_is_begun_after_a_run_that_kept_none_says_so() -> None:
    fake: Any = Fake()
    applied = base64.b64decode(record.write(Applied("run-1", "then", "kim@home", "x"), MAC).stdin or "")
    block = Block("file /s/applied-x.json", 0, (base64.b64encode(applied).decode(),))
    files = (f"absent {PATH}", "regular 0600 a b /s/applied-x.json")
    fake.section = Section("record", 0, {"file": files}, {block.name: block})
    hold_and_note(fake)
    (noted,) = fake.noted
    assert noted["late"] is True
    again: Any = Fake(json.dumps(noted).encode())
    hold_and_note(again)
    assert again.noted == [], "and says so for ever"


def test_where_it_cannot_be_noted_the_run_ends() -> None:
    fake: Any = Fake(status=1)
    with pytest.raises(GaveUp, match="could not be noted: no room"):
        hold_and_note(fake)
    broken: Any = Fake(b"{")
    with pytest.raises(Unreadable, match="is not a journal"):
        hold_and_note(broken)
    assert broken.noted == []


def test_a_run_that_holds_nothing_notes_nothing() -> None:
    fake: Any = Fake()
    fake.lock = None
    hold_and_note(fake)
    assert fake.noted == []
