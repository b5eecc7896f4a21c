"""What moves by itself does not count, everything else does."""

import json
from dataclasses import replace

import pytest

from carbon_fleet import assets
from carbon_fleet.snapshot import Block, Section, Snapshot
from carbon_fleet.snapshot.volatile import VOLATILE, settled

CONTAINER = {
    "Id": "a" * 64,
    "Names": ["web"],
    "ImageID": "b" * 64,
    "State": "running",
    "Status": "Up 2 minutes",
    "Pid": 7,
}
LISTENER = "tcp4 0 0 127.0.0.1.8888 *.* LISTEN 131072 131072 {}:{} 00180 00000006 000000000006a1b2"
UNITS = ("Id=carbon-fleet-web.service", "ActiveState=active", "NRestarts={}", "NeedDaemonReload=no")


def section(called: str, *blocks: Block, **facts: tuple[str, ...]) -> Section:
    return Section(called, facts=facts, blocks={block.name: block for block in blocks})


def ps(**more: object) -> Section:
    return section("stack", Block("ps", 0, tuple(json.dumps([{**CONTAINER, **more}], indent=1).splitlines())))


SAME = {
    "clock": (section("machine", time=("1",)), section("machine", time=("2",))),
    "uptime": (section("guest", uptime=("1",)), section("guest", uptime=("2",))),
    "free": (section("preflight", Block("free", 0, ("a",))), section("preflight", Block("free", 0, ("b",)))),
    "system": (section("guest", Block("system", 0, ("running",))), section("guest", Block("system", 1, ("degraded",)))),
    "pid": (section("machine", process=("12 krunkit --cpus 2",)), section("machine", process=("99 krunkit --cpus 2",))),
    "listener": (
        section("preflight", listener=(LISTENER.format("sshd", 80), LISTENER.format("x", 1).replace("8888", "1"))),
        section("preflight", listener=(LISTENER.format("y", 2).replace("8888", "1"), LISTENER.format("sshd", 81))),
    ),
    "age": (ps(), ps(Status="Up 3 minutes", CreatedAt="3 minutes ago")),
    "restarted": (ps(), ps(Id="c" * 64, Pid=9, StartedAt=1)),
    "order": (
        section("stack", Block("ps", 0, ('[{"Names": ["a"]}, {"Names": ["b"]}]',))),
        section("stack", Block("ps", 0, ('[{"Names": ["b"]}, {"Names": ["a"]}]',))),
    ),
    "counted": tuple(section("stack", Block("units", 0, tuple(line.format(n) for line in UNITS))) for n in (0, 3)),
}
MOVED = {
    "a key of no table": (section("machine", name=("a",)), section("machine", name=("b",)), "name"),
    "what runs": (section("machine", process=("1 krunkit",)), section("machine", process=()), "process"),
    "a port": (
        section("preflight", listener=(LISTENER.format("a", 1),)),
        section("preflight", listener=(LISTENER.format("a", 1).replace("8888", "8889"),)),
        "listener",
    ),
    "a state": (ps(), ps(State="exited"), "block ps"),
    "an image": (ps(), ps(ImageID="d" * 64), "block ps"),
    "how a command ended": (section("stack", Block("ps", 0)), section("stack", Block("ps", 124)), "block ps"),
    "what it complained": (section("m", Block("a", 0)), section("m", Block("a", 0, (), ("warning",))), "block a"),
    "how the section ended": (section("stack"), replace(section("stack"), status=1), "status"),
    "a fact that is new": (section("m"), section("m", a=("1",)), "a"),
    "no JSON any more": (ps(), section("stack", Block("ps", 0, ("Error: no store",))), "block ps"),
    "JSON of another shape": (ps(), section("stack", Block("ps", 0, ("[1, 2]",))), "block ps"),
}


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_what_moves_by_itself_does_not_count(one: Section, other: Section) -> None:
    assert settled(one) == settled(other)
    first, second = (Snapshot("m", {seen.name: seen}) for seen in (one, other))
    assert (first.digest, first.digests, first.marks) == (second.digest, second.digests, second.marks)


@pytest.mark.parametrize(("one", "other", "key"), MOVED.values(), ids=MOVED)
def test_all_else_counts_and_is_named(one: Section, other: Section, key: str) -> None:
    first, second = (Snapshot("m", {seen.name: seen}) for seen in (one, other))
    assert first.digest != second.digest
    assert first.digests != second.digests
    before, after = first.marks[one.name], second.marks[one.name]
    assert [name for name in {**before, **after} if before.get(name) != after.get(name)] == [key]


def test_a_blank_list_of_containers_is_one() -> None:
    assert settled(section("stack", Block("ps", 0, ("null",)))) == settled(section("stack", Block("ps", 0, ("[]",))))


@pytest.mark.parametrize("name", VOLATILE)
def test_the_table_names_what_the_probe_says(name: str) -> None:
    text = assets.text(f"probe/{name}.sh")
    for key, volatile in VOLATILE[name].items():
        word = key.removeprefix("block ").partition("_")[0]
        said = f"cf_block {word} " in text or f"cf_{name} {word} " in text
        assert said if key.startswith("block ") else word in text
        assert volatile.why
