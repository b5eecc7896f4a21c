"""Stacks that are on another runtime than the lab file says: what is found, what is left alone, what is done."""

import json
from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Action, Change, Finding, Notice, Refusal, World
from carbon_fleet.plan.applied import Applied
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot, Unreadable
from carbon_fleet.spec import Duration, Mac
from operations import _moves as moves
from operations.docker import Docker
from operations.docker import differences as of_docker
from operations.machine.wish import Machine
from operations.moving import RESOURCE, Moving, asks, removal
from operations.stack import differences as of_stacks
from operations.stack.wish import Stacks
from tests.unit.operations import docker_world, stack_world

KEPT = "shop 20261130T100000Z 1000 podman-libkrun carried shop-data"
NOTE = "shop {} 20261130T100000Z podman-libkrun docker"


def a_mac(runtime: str = "docker") -> Mac:
    shop = {"name": "shop", "runtime": runtime, "containers": {"web": docker_world.WEB}}
    return whole(docker_world.a_mac(stacks=[shop]))


def whole(mac: Mac) -> Mac:
    return replace(mac, sections={**mac.sections, "machine": Machine(), "moving": Moving()})


NO_STACKS = whole(docker_world.a_mac(stacks=[]))


def world(mac: Mac, *consents: str, record: tuple[str, ...] = (), **facts: Any) -> World:
    section = Section(moves.SECTION, facts={"time": ("2000",), **facts})
    sections = {**docker_world.fingerprints(token="print-token").sections, moves.SECTION: section}
    if record:
        said = Applied("r", "w", "b", "s", parts=dict.fromkeys(record, "0"))
        text = json.dumps({"format_version": 1, **said.__dict__})
        sections["record"] = Section("record", facts={"file": ("regular 600 lab staff /r",)}, blocks=_file(text))
    return World(mac, Snapshot("m", sections, Guest.REACHED), frozenset(consents))


def _file(text: str) -> dict[str, Block]:
    import base64

    return {"file /r": Block("file /r", 0, (base64.b64encode(text.encode()).decode(),))}


def findings(at: World, wanted: Moving | None = None) -> list[Finding]:
    return list(RESOURCE.differences(wanted or Moving(), moves.seen(at), at))


def test_what_another_runtime_carries_is_one_change_with_what_is_at_stake() -> None:
    at = world(a_mac(), carries=("podman-libkrun shop",), volume=("shop shop-data 2048 1700000000", "shop old - -"))
    (change,) = findings(at)
    assert isinstance(change, Change)
    assert (change.address, change.action) == ("moving.shop", Action.MOVE)
    assert [(one.name, one.before, one.after) for one in change.attributes] == [("runtime", "podman-libkrun", "docker")]
    assert change.at_stake == (
        "volume shop-data (2.0 MiB, last written 2023-11-14 22:13 UTC)",
        "volume old stays on podman-libkrun: the stack does not name it any more",
        "port 8080 of the Mac: nothing answers there until the new one works",
        "what its containers wrote in no volume, images and the runtime's own secrets are not carried",
    )
    assert len(change.commands) == 6
    words = [command.says for command in change.commands]
    assert words[0] == "stop shop and save its volumes"
    assert words[-2:] == ["start shop-web", "remove shop from podman-libkrun; its volumes stay for a while"]
    assert change.commands[0].argv[4:] == ("shop", "podman-libkrun", "docker", "carbon", "300", "carry", "shop-data")


def test_to_podman_its_units_are_written_and_waited_for_under_guard() -> None:
    (change,) = findings(world(a_mac("podman-libkrun"), carries=("docker shop",)))
    assert isinstance(change, Change)
    guarded = [command for command in change.commands if command.argv[9:11] == ("first", "guest")]
    assert [command.argv[12] for command in guarded].count("systemctl") == 2
    assert all(command.codes[80] == "MOVE_PUT_BACK" for command in change.commands)


def test_with_leave_data_nothing_is_saved() -> None:
    (change,) = findings(world(a_mac(), moves.LEAVE, carries=("podman-libkrun shop",)))
    assert isinstance(change, Change)
    assert change.commands[0].argv[9:] == ("leave", "shop-data")
    assert change.at_stake[-1].startswith("it begins on docker")


PHASES = {
    "saving": ["stop shop and save its volumes", "bring the volumes of shop to docker"],
    "saved": ["bring the volumes of shop to docker"],
    "brought": [],
}


@pytest.mark.parametrize("phase", PHASES)
def test_what_was_cut_off_is_gone_on_with_without_a_second_consent(phase: str) -> None:
    (change,) = findings(world(a_mac(), note=(NOTE.format(phase),), carries=("podman-libkrun shop",)))
    assert isinstance(change, Change)
    words = [command.says for command in change.commands]
    assert (change.action, words[: len(PHASES[phase])]) == (Action.RUN, PHASES[phase])
    assert words[-1].startswith("remove shop from")
    assert words[len(PHASES[phase])].startswith("write ")
    mode = "again" if phase == "brought" else "first"
    assert {command.argv[9] for command in change.commands[len(PHASES[phase]) : -1]} == {mode}


def test_once_it_works_only_the_old_one_is_left_to_go() -> None:
    for mac in (a_mac(), a_mac("podman-libkrun"), NO_STACKS):
        (change,) = findings(world(mac, note=(NOTE.format("arrived"),)))
        assert isinstance(change, Change)
        assert [command.says for command in change.commands] == [
            "remove shop from podman-libkrun; its volumes stay for a while"
        ]


def test_a_wish_that_is_taken_back_puts_the_old_one_back() -> None:
    for mac in (a_mac("podman-libkrun"), NO_STACKS):
        (change,) = findings(world(mac, note=(NOTE.format("saved"),)))
        assert isinstance(change, Change)
        assert (change.action, change.at_stake) == (Action.RUN, ())
        (change,) = findings(world(mac, note=(NOTE.format("brought"),)))
        assert isinstance(change, Change)
        assert change.action is Action.MOVE, "the new one may have been used"
        assert [command.says for command in change.commands] == ["put shop back on podman-libkrun"]


def unnamed() -> dict[str, Any]:
    """The sections of a Mac whose stack names no runtime."""
    shop = {"name": "shop", "containers": {"web": docker_world.WEB}}
    return dict(whole(docker_world.a_mac(stacks=[shop])).sections)


def test_where_no_move_leads_is_refused() -> None:
    (refusal,) = findings(world(replace(a_mac(), runtime="lima", sections=unnamed()), carries=("podman-libkrun shop",)))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "write `runtime: podman-libkrun`" in refusal.remedy) == ("MOVE_NOT_POSSIBLE", True)


def test_what_does_not_run_is_refused_where_nothing_starts_it() -> None:
    mac = replace(a_mac("podman-libkrun"), runtime="podman-libkrun")
    (refusal,) = findings(world(mac, carries=("docker shop",), closed=("docker",)))
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "open -a Docker" in refusal.remedy) == ("MOVE_SOURCE_STOPPED", True)
    (change,) = findings(world(a_mac("podman-libkrun"), carries=("docker shop",), closed=("docker",)))
    assert isinstance(change, Change), "the Mac's own runtime is docker: it is started before"


def test_a_machine_that_is_stopped_is_known_to_have_had_it_by_the_record() -> None:
    closed = ("podman-libkrun",)
    at = world(a_mac(), record=("stack.shop.web",), closed=closed)
    (refusal,) = findings(at)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "podman machine start carbon" in refusal.remedy) == ("MOVE_SOURCE_STOPPED", True)
    assert moves.held(at) == {"shop"}
    mixed = replace(a_mac(), runtime="podman-libkrun")
    later = world(mixed, record=("stack.shop.web",), closed=closed)
    assert (findings(later), sorted(moves.held(later))) == ([], ["shop"]), (
        "this run starts the machine, and looks again"
    )
    assert findings(world(a_mac(), record=("docker.stack.shop.web",), closed=closed)) == []
    moved = findings(world(a_mac(), record=("stack.shop.web",), closed=closed, kept=(KEPT,)))
    assert [type(one) for one in moved] == [Notice], "it was moved before"


def test_what_is_kept_is_told_then_removed() -> None:
    mac = a_mac()
    (notice,) = findings(world(mac, kept=(KEPT,), open=("podman",)))
    assert isinstance(notice, Notice)
    assert "shop-data is kept on podman-libkrun until 1970-01-08 00:16 UTC" in notice.what
    short = Moving(keep=Duration.parse("10s"))
    (change,) = findings(world(mac, kept=(KEPT,), open=("podman",)), short)
    assert isinstance(change, Change)
    assert (change.action, change.event) == (
        Action.DELETE,
        "its time was up on 1970-01-01 00:16 UTC".replace("its", "their"),
    )
    (shut,) = findings(world(mac, kept=(KEPT,)), short)
    assert isinstance(shut, Notice), "what does not run is not entered"
    left = KEPT.replace("carried", "left")
    (notice,) = findings(world(mac, kept=(left,), open=("podman",)), short)
    assert isinstance(notice, Notice), "there is no other copy"
    (change,) = findings(world(mac, moves.PURGE, kept=(left,), open=("podman",)))
    assert isinstance(change, Change)


def test_what_is_in_use_again_is_kept_no_more_and_never_removed() -> None:
    """Its stack went, and was written anew where the volumes are: no move saw it come back."""
    short, mac = Moving(keep=Duration.parse("10s")), a_mac("podman-libkrun")
    for consents in ((), (moves.PURGE,), (moves.DELETE,)):
        at = world(mac, *consents, kept=(KEPT,), open=("podman",))
        (change,) = findings(at, short)
        assert isinstance(change, Change)
        (left,) = removal(short, moves.seen(at), {}, at)
        assert isinstance(left, Change)
        for one in (change, left):
            assert one.action is Action.RUN
            assert "they are in use again" in one.commands[0].says
            assert "old forget" not in str(one.commands[0]), "no volume goes"


def test_what_a_stack_is_on_its_way_back_to_goes_by_consent_and_not_by_time() -> None:
    short, mac = Moving(keep=Duration.parse("10s")), a_mac("podman-libkrun")
    for consents, actions in (((), [Action.MOVE]), ((moves.PURGE,), [Action.DELETE, Action.MOVE])):
        at = world(mac, *consents, kept=(KEPT,), open=("podman",), carries=("docker shop",))
        assert [one.action for one in findings(at, short) if isinstance(one, Change)] == actions


def test_destroy_needs_consent_for_what_is_kept() -> None:
    def gone(*consents: str, **facts: Any) -> list[Finding]:
        at = world(a_mac(), *consents, kept=(KEPT,), **facts)
        return list(removal(Moving(), moves.seen(at), {}, at))

    assert [one.code for one in gone(open=("podman",)) if isinstance(one, Refusal)] == ["CONSENT_MISSING"]
    assert [one.code for one in gone(moves.DELETE) if isinstance(one, Refusal)] == ["MOVE_SOURCE_STOPPED"]
    assert [type(one) for one in gone(moves.DELETE, open=("podman",))] == [Change]


def test_neither_runtime_touches_a_stack_that_is_to_move() -> None:
    to_docker, to_podman = a_mac(), a_mac("podman-libkrun")
    at = world(to_docker, carries=("podman-libkrun shop",))
    nothing = replace(docker_world.converged(to_docker), containers={}, files={}, volumes={})
    found = list(of_docker(to_docker.section("docker", Docker), nothing, at))
    assert [one.address for one in found if "shop" in one.address] == []
    at = world(to_podman, carries=("docker shop",))
    there = docker_world.converged(to_docker)
    found = list(of_docker(to_podman.section("docker", Docker), there, at))
    assert [one.address for one in found if isinstance(one, Change) and "shop" in one.address] == []
    before = stack_world.converged(to_podman)
    found = list(of_stacks(Stacks(()), before, world(to_docker, carries=("podman-libkrun shop",))))
    assert [one.address for one in found if "shop" in one.address] == []


def test_what_the_probe_is_asked() -> None:
    variables = asks(Moving(), a_mac("podman-libkrun"))
    elsewhere = dict.fromkeys(("CF_MOVING_DOCKER", "CF_MOVING_APPLE", "CF_MOVING_NATIVE"), "shop")
    more = {"CF_MOVING_PODMAN": "", "CF_MOVING_MACHINE": "carbon", "CF_MOVING_PREFIX": "/opt/homebrew"}
    assert variables == {**elsewhere, **more}


def test_what_is_not_understood_is_unreadable() -> None:
    at = world(a_mac(), note=("shop saving",))
    assert (sorted(moves.held(at)), moves.seen(at)) == (["shop"], moves.MovingSeen()), (
        "nobody touches what nobody can tell of"
    )
    with pytest.raises(Unreadable, match="moving"):
        moves.read(Section(moves.SECTION, facts={"note": ("shop saving",)}))
