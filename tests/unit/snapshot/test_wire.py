"""The probe's language: what is read, what is refused, and that a cut-off answer is never taken for a whole one."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.snapshot import Guest, Unreadable, read_snapshot
from carbon_fleet.snapshot.wire import parse

WHOLE = """Last login: today
%carbon-probe 1
%section machine
name=carbon
name=again
hop_identity=/Users/lab/key
hop_port=50022
%block inspect
|[]
!Error: no such machine
%status inspect 125
%end machine 0 12
%guest open
%section guest
render=yes
%end guest 0
%guest reached
%done
""".splitlines()


def test_facts_and_blocks_are_read() -> None:
    snapshot = read_snapshot("mac-01", WHOLE)
    machine = snapshot.section("machine")
    assert machine.all("name") == ("carbon", "again")
    assert machine.get("name") == "again"
    assert machine.get("nothing") is None
    inspect = machine.block("inspect")
    assert (inspect.status, inspect.text, inspect.err) == (125, "[]", ("Error: no such machine",))
    assert inspect.json() == []
    assert machine.milliseconds == 12
    assert snapshot.guest is Guest.REACHED
    assert snapshot.hop is not None
    assert (snapshot.hop.identity, snapshot.hop.port) == ("/Users/lab/key", 50022)
    assert snapshot.section("guest").need("render") == "yes"


def test_a_failed_block_says_status_and_stderr() -> None:
    block = read_snapshot("m", WHOLE).section("machine").block("inspect")
    with pytest.raises(Unreadable, match=r"inspect \(exit status 125\): Error: no such machine"):
        block.must()


@pytest.mark.parametrize("cut", range(2, len(WHOLE) - 1))
def test_a_cut_off_answer_is_never_complete(cut: int) -> None:
    answer = parse(WHOLE[:cut])
    assert not answer.complete
    assert "machine" not in answer.sections or cut > WHOLE.index("%end machine 0 12")


def test_a_cut_off_section_is_unreadable_not_absent() -> None:
    snapshot = read_snapshot("m", WHOLE[:5])
    with pytest.raises(Unreadable, match="cut off before it"):
        snapshot.section("machine")


def test_a_section_nobody_answered_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="did not answer"):
        read_snapshot("m", ["%carbon-probe 1", "%done"]).section("machine")


def test_a_failed_section_carries_its_stderr() -> None:
    lines = ["%carbon-probe 1", "%section host", "!sysctl: not found", "%end host 127", "%done"]
    with pytest.raises(Unreadable, match=r"host \(exit status 127\): sysctl: not found"):
        read_snapshot("m", lines).section("host")


def test_a_passed_deadline_is_called_so() -> None:
    lines = ["%carbon-probe 1", "%section host", "%end host 124", "%done"]
    with pytest.raises(Unreadable, match="its deadline passed"):
        read_snapshot("m", lines).section("host")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["zsh: command not found: sh"],
        ["%carbon-probe 1", "stray"],
        ["%carbon-probe 1", "%section a", "no equals sign"],
        ["%carbon-probe 1", "%section a", "%end a nonumber"],
        ["%carbon-probe 1", "%section a", "%block b", "%status b x"],
        ["%carbon-probe 1", "%section a", "%end"],
    ],
)
def test_anything_else_is_unreadable(lines: list[str]) -> None:
    with pytest.raises(Unreadable):
        parse(lines)


@given(st.lists(st.text(max_size=30), max_size=20))
def test_no_text_raises_anything_but_unreadable(lines: list[str]) -> None:
    with contextlib.suppress(Unreadable):
        parse(["%carbon-probe 1", *lines])


def test_needs_are_checked() -> None:
    section = read_snapshot("m", WHOLE).section("machine")
    with pytest.raises(Unreadable, match="no `memory`"):
        section.need("memory")
    with pytest.raises(Unreadable, match="not a number"):
        section.need_int("name")
    assert section.need_int("hop_port") == 50022
    with pytest.raises(Unreadable, match="no `list`"):
        section.block("list")


def test_blocks_refuse_what_is_not_json_or_base64() -> None:
    lines = ["%carbon-probe 1", "%section a", "%block b", "|{", "%status b 0", "%end a 0", "%done"]
    block = read_snapshot("m", lines).section("a").block("b")
    with pytest.raises(Unreadable, match="not JSON"):
        block.json()
    with pytest.raises(Unreadable, match="not base64"):
        block.bytes()


def test_the_digest_ignores_timings_only() -> None:
    slower = [line.replace("%end machine 0 12", "%end machine 0 99") for line in WHOLE]
    other = [line.replace("name=carbon", "name=other") for line in WHOLE]
    digest = read_snapshot("m", WHOLE).digest
    assert read_snapshot("m", slower).digest == digest
    assert read_snapshot("m", other).digest != digest


def test_without_a_machine_there_is_no_hop() -> None:
    assert read_snapshot("m", ["%carbon-probe 1", "%done"]).hop is None
