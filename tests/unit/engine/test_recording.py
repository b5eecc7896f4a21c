"""What is noted on a Mac of a run: all of it, as far as it came, and never what was left."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.connectors.ran import GaveUp, Ran
from carbon_fleet.engine.mac_lock import Holding, MacLock
from carbon_fleet.engine.recording import recording
from carbon_fleet.engine.rules import Stopped
from carbon_fleet.plan import Action, Attribute, Change, Command
from carbon_fleet.plan.applied import Applied, parts
from carbon_fleet.plan.registry import asked_of, lab_sections
from carbon_fleet.report.document import MacReport, Planned
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot
from carbon_fleet.spec import lab_from_text

MAC = lab_from_text(
    "lab: x\ndefaults: {user: lab}\nmacs:\n  m: {host: h, stacks: [vulkan-check]}\n", lab_sections()
).mac("m")
PARTS = parts(MAC)
MACOS = Section("record", 0, {}, {"macos": Block("macos", 0, ("ProductVersion: 26.2", "BuildVersion: 25C56"))})


def record(applied: Applied) -> Section:
    content = {"format_version": 1, **applied.__dict__}
    lines = tuple(base64.encodebytes(json.dumps(content).encode()).decode().splitlines())
    return Section("record", 0, {"file": ("regular 0600 lab staff /r",)}, {"file /r": Block("file /r", 0, lines)})


class Fake:
    """A Session that writes down what is noted."""

    def __init__(self, section: Section = MACOS, guest: Guest = Guest.REACHED, *, status: int | None = 0) -> None:
        self.mac, self.lab_lock, self.status = MAC, None, status
        self.lock = MacLock("m", Holding("lee@desk", "apply", "run-2"), self.ask)
        self.seen, self.noted = Snapshot("m", {"record": section}, guest), list[dict[str, Any]]()
        self.journal, self.journals = None, list[dict[str, Any]]()

    def snapshot(self) -> Snapshot:
        return self.seen

    def hold(self) -> bool:
        return False

    def ask(self, command: Command) -> Ran:
        if self.status is None:
            raise GaveUp("the connection broke")
        said = json.loads(base64.b64decode(command.stdin or ""))
        (self.journals if "places" in said else self.noted).append(said)
        return Ran(self.status, (), ("no room",))


def run(
    fake: Fake, *, until: str = "", left: tuple[Change, ...] = (), begin: bool = True, made: bool = True
) -> MacReport:
    """Settle every resource, or all before `until`, which fails; the Mac's report."""
    report = MacReport("m", changes=[Planned("a.b", "run", [], "", [], [])] if made else [])
    with recording(fake, report, begin=begin) as recorded:  # type: ignore[arg-type]
        for resource in asked_of(MAC):
            if resource.name == until:
                raise Stopped
            recorded.settle(resource, fake.seen, [one for one in left if one.address.startswith(resource.name)])
    return report


def change(address: str, attribute: str = "state") -> Change:
    return Change(address, Action.UPDATE, (Attribute(attribute, 1, 2),), "it differs", ())


OLD = Applied("run-1", "then", "kim@home", "old", None, "0.1.0", dict.fromkeys(PARTS, "old"), {"macos": "26.1 (25B78)"})


def test_a_whole_run_notes_every_part_and_version() -> None:
    fake = Fake()
    report = run(fake)
    (noted,) = fake.noted
    assert (noted["parts"], noted["spec"], noted["run"], noted["by"]) == (PARTS, MAC.digest, "run-2", "lee@desk")
    assert noted["versions"] == {"macos": "26.2 (25C56)"}
    assert report.applied["run"] == "run-2"
    assert fake.journals[0]["guest"] == "reached", "and what was there, where no Change has noted it yet"
    assert "late" not in fake.journals[0]


def test_what_is_noted_already_is_not_noted_again() -> None:
    first = Fake()
    run(first)
    said = {key: value for key, value in first.noted[0].items() if key not in ("format_version", "lab", "mac")}
    again = record(Applied(**said))
    fake = Fake(replace(again, blocks={**again.blocks, **MACOS.blocks}))
    assert run(fake, made=False).applied["run"] == "run-2"
    assert fake.noted == []


def test_a_run_that_ends_half_way_notes_what_it_came_to() -> None:
    fake = Fake(record(OLD))
    with pytest.raises(Stopped):
        run(fake, until="machine")
    (noted,) = fake.noted
    fresh = {part for part, digest in noted["parts"].items() if digest == PARTS[part]}
    assert {part.partition(".")[0] for part in fresh} == {"preflight", "power", "homebrew", "provider"}
    assert (noted["spec"], noted["versions"]) == ("old", {"macos": "26.1 (25B78)"})


def test_what_was_left_stays_as_it_was_noted() -> None:
    fake = Fake(record(OLD))
    run(fake, left=(change("stack.vulkan-check.vulkan-check"), change("image.venus")))
    old = {part for part, digest in fake.noted[0]["parts"].items() if digest == "old"}
    assert old == {"stack.vulkan-check.vulkan-check", "image.venus"}


def test_a_version_that_explains_what_was_left_is_not_moved_on() -> None:
    moved = replace(record(OLD), blocks={**record(OLD).blocks, **MACOS.blocks})
    for left, version in (((change("power.ac"),), "26.1 (25B78)"), ((change("machine.x", "memory"),), "26.2 (25C56)")):
        fake = Fake(moved)
        run(fake, left=left)
        assert fake.noted[0]["versions"] == {"macos": version}


def test_what_a_stopped_machine_holds_is_not_taken_for_applied() -> None:
    fake = Fake(guest=Guest.STOPPED)
    run(fake)
    assert {part.partition(".")[0] for part in fake.noted[0]["parts"]} == {
        "preflight", "power", "homebrew", "provider", "machine", "secret", "moving", "environment", "agent",
    }  # fmt: skip


def test_a_record_is_begun_only_by_a_run_that_may() -> None:
    fake = Fake()
    assert run(fake, begin=False).applied == {}
    assert fake.noted == []


@pytest.mark.parametrize(("status", "word"), [(1, "no room"), (None, "the connection broke")])
def test_one_that_cannot_be_written_is_a_notice(status: int | None, word: str) -> None:
    (notice,) = run(Fake(status=status)).notices
    assert (notice.code, word in notice.what) == ("NOT_NOTED", True)


def test_nor_does_it_hide_why_a_run_ended() -> None:
    with pytest.raises(Stopped):
        run(Fake(status=None), until="machine")
