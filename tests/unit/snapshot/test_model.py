"""What becomes of answers that break off in the virtual machine, or lie about it."""

import pytest

from carbon_fleet.snapshot import Guest, Section, Snapshot, Unreadable, read_snapshot

START = ["%carbon-probe 1", "%section power", "a=1", "%end power 0"]


def test_an_answer_that_breaks_off_in_the_guest_keeps_what_the_mac_said() -> None:
    snapshot = read_snapshot("m", [*START, "%guest open", "%section guest", "half=a li"])
    assert (snapshot.guest, snapshot.complete) == (Guest.UNREADABLE, False)
    assert snapshot.section("power").get("a") == "1"
    with pytest.raises(Unreadable, match="cut off"):
        snapshot.section("guest")


def test_a_guest_that_ended_in_the_middle_of_a_line_is_unreadable() -> None:
    """`files/probe/hop.sh` begins a new line before it says so."""
    lines = [*START, "%guest open", "%section guest", "half=a li", "", "%guest unreadable exit status 124: ", "%done"]
    snapshot = read_snapshot("m", lines)
    assert (snapshot.guest, snapshot.complete) == (Guest.UNREADABLE, True)
    assert snapshot.guest_detail == "exit status 124: "


@pytest.mark.parametrize("word", ["\x1b[2J", "", "running"])
def test_a_state_that_is_none_is_not_believed(word: str) -> None:
    with pytest.raises(Unreadable, match="no state of it"):
        read_snapshot("m", [*START, f"%guest {word}", "%done"])


@pytest.mark.parametrize(
    ("port", "known"), [("50022", True), ("22x", False), ("", False), ("9" * 6, False), ("²", False), ("-1", False)]
)
def test_a_way_in_is_a_key_and_a_port(port: str, known: bool) -> None:
    machine = Section("machine", facts={"hop_identity": ("/key",), "hop_port": (port,)})
    assert (Snapshot("m", {"machine": machine}).hop is not None) is known
