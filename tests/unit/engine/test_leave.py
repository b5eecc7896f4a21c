"""What is undone in which order, and what refuses before anything is."""

from typing import Any

import pytest

from carbon_fleet.engine import leave
from carbon_fleet.engine.rules import NONE
from carbon_fleet.engine.steps import Refused
from carbon_fleet.plan import Action, Change, Notice, Refusal, World
from carbon_fleet.plan.found import OF_MACOS, Found
from carbon_fleet.plan.registry import asked_of, lab_sections
from carbon_fleet.report.document import MacReport
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot
from carbon_fleet.spec import lab_from_text

MAC = lab_from_text("lab: x\ndefaults: {user: lab}\nmacs:\n  m: {host: h}\n", lab_sections()).mac("m")
ALL = [resource.name for resource in reversed(asked_of(MAC))]


class Fake:
    """A Session that only shows one Snapshot."""

    def __init__(self, *files: str, guest: Guest = Guest.ABSENT) -> None:
        self.mac, self.seen = MAC, Snapshot("m", {"record": Section("record", 0, {"file": files})}, guest)

    def snapshot(self) -> Snapshot:
        return self.seen


def names(journal: Found, guest: Guest) -> list[str]:
    return [resource.name for resource in leave.leaving(MAC, journal, Snapshot("m", {}, guest))]


def test_the_last_goes_first_and_in_a_machine_of_ours_nothing_is_undone() -> None:
    inside = {resource.name for resource in asked_of(MAC) if resource.inside}
    assert names(Found(guest="absent"), Guest.REACHED) == [name for name in ALL if name not in inside]
    assert names(Found(guest="reached"), Guest.REACHED) == ALL


def test_what_cannot_be_seen_refuses_also_where_it_is_wished_no_more() -> None:
    """Of a runtime that no stack has any more: to a run that goes on with the rest it is a note."""
    (docker,) = (one for one in asked_of(MAC) if one.name == "docker")
    world = World(MAC, Snapshot("m", {}))
    assert [type(one) for one in docker.findings(world)] == [Notice]
    (back,) = (one for one in leave.leaving(MAC, Found(guest="absent"), Snapshot("m", {})) if one.name == "docker")
    assert [(type(one), one.address) for one in back.findings(world)] == [(Refusal, "docker")]


@pytest.mark.parametrize("guest", [Guest.STOPPED, Guest.UNREADABLE, Guest.ABSENT])
def test_a_machine_that_was_there_has_to_be_entered(guest: Guest) -> None:
    with pytest.raises(Refused) as error:
        names(Found(guest="reached"), guest)
    assert error.value.refusals[0].code == guest.code


def test_where_nothing_was_applied_nothing_goes() -> None:
    fake: Any = Fake("absent /s/applied-x.json", "absent /s/found-x.json")
    assert leave.changes(fake, NONE) == []


def test_where_nobody_noted_what_was_there_nothing_is_guessed() -> None:
    fake: Any = Fake("regular 0600 lab staff /s/applied-x.json")
    fake.seen.sections["record"].blocks["file /s/applied-x.json"] = _empty()
    fake.seen.sections["record"].facts["file"] = ("regular 0600 lab staff /s/applied-x.json",)
    with pytest.raises(Refused) as error:
        leave.journal_of(fake)
    assert error.value.refusals[0].code == "FOUND_UNKNOWN"
    assert "--found-nothing m" in error.value.refusals[0].remedy
    vouched = leave.journal_of(fake, vouched=True)
    assert vouched is not None
    assert (vouched.guest, vouched.before["homebrew.formula.podman"]) == ("absent", False)
    assert {place for place, was in vouched.places.items() if was} <= set(OF_MACOS)
    assert "power.sleep" not in vouched.before, "nobody knows how it was"


def test_a_journal_that_was_begun_late_tells_nothing_and_a_true_one_is_not_overruled() -> None:
    for late in (True, False):
        fake: Any = Fake()
        fake.seen.sections["record"] = _journal(Found("run-1", "then", "reached", {"machine.m": {}}, late=late))
        if late:
            with pytest.raises(Refused):
                leave.journal_of(fake)
            vouched = leave.journal_of(fake, vouched=True)
            assert vouched is not None
            assert (vouched.guest, vouched.late, vouched.run) == ("absent", False, "run-1")
        else:
            assert leave.journal_of(fake, vouched=True) == leave.journal_of(fake)


def _journal(journal: Found) -> Section:
    from carbon_fleet.plan.found import write

    block = Block("file /s/found-x.json", 0, (write(journal, MAC).stdin or "",))
    return Section("record", 0, {"file": ("regular 0600 lab staff /s/found-x.json",)}, {block.name: block})


def _empty() -> Any:
    return Block("file /s/applied-x.json", 0, ())


def test_no_more_goes_than_was_agreed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Change("machine.m", Action.DELETE, (), "", (), ("volume a",))
    there = Change("machine.m", Action.DELETE, (), "", (), ("volume a", "volume b"))
    monkeypatch.setattr(leave, "_changes", lambda *_: [there])
    fake: Any = Fake()
    with pytest.raises(Refused) as error:
        leave.leave(fake, MacReport("m"), Found(), NONE, lambda *_: None, leave.agreement([shown]))
    assert (error.value.refusals[0].code, "machine.m" in str(error.value)) == ("DESTROY_MOVED", True)
