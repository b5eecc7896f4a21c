"""Named volumes: made first, marked, never lost by themselves; removed only with consent, when nothing names them."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from carbon_fleet.plan import Change, Notice, World
from carbon_fleet.snapshot import Guest, Snapshot
from carbon_fleet.spec import Mac
from operations.stack import differences
from operations.stack.seen import Kept, StackSeen
from operations.stack.volumes import CONSENT, named
from operations.stack.wish import Stacks
from tests.unit.model.stack import run, strategy_seen, strategy_wanted
from tests.unit.operations.stack_world import a_mac, changes, commands, converged, findings, one, rows

LABEL = "io.carbon-fleet.stack"


def with_consent(mac: Mac, seen: StackSeen) -> list[Change]:
    world = World(mac, Snapshot("m", guest=Guest.REACHED), frozenset({CONSENT}))
    found = list(differences(mac.section("stacks", Stacks), seen, world))
    return [finding for finding in found if isinstance(finding, Change)]


def test_a_volume_is_made_before_its_container_and_says_whose_it_is() -> None:
    mac = a_mac([*one(volumes=["data:/d", "/folder:/f", "data:/again"]), *one("b", "other", volumes=["data:/d:ro"])])
    assert named(mac.section("stacks", Stacks)) == {"data": "shop"}
    seen = replace(converged(mac), volumes={})
    found = changes(mac, seen)
    assert rows(found) == [("stack.volume.data", "create", ["volume"])]
    assert commands(found) == [f"podman volume create --ignore --label {LABEL}=shop data"]
    assert changes(mac, replace(seen, volumes={"data": ""})) == [], "one that is there is used, whoever made it"


def test_what_no_stack_uses_is_told_and_left_without_consent() -> None:
    seen = StackSeen(volumes={"data": "shop", "theirs": ""})
    (notice,) = findings(a_mac([]), seen)
    assert isinstance(notice, Notice)
    assert (notice.address, notice.code) == ("stack.volume.data", "VOLUME_UNUSED")
    assert "--delete-volumes m" in notice.remedy
    (change,) = with_consent(a_mac([]), seen)
    assert (change.address, change.action) == ("stack.volume.data", "delete")
    assert change.at_stake == ("volume data of the stack shop, and all data in it",)
    assert str(change.commands[0]) == "podman volume rm data"
    assert len(change.commands) == 2, "the disk is told that there is space"


def test_what_a_kept_unit_names_is_needed_for_the_way_back() -> None:
    mac = a_mac(one())
    kept = Kept({"a": "Volume=now:/x\n"}, {"a": "Volume=/folder:/y\nVolume=before:/x:ro\n"})
    seen = replace(converged(mac), volumes={"now": "shop", "before": "shop", "folder": "shop"})
    seen = replace(seen, kept={"shop": replace(kept, good=seen.kept["shop"].good)})
    assert rows(with_consent(mac, seen)) == [
        ("stack.volume.folder", "delete", ["volume"]),
        ("stack.volume.now", "delete", ["volume"]),
    ]


@given(st.data(), strategy_wanted())
def test_with_consent_too_nothing_in_use_and_nothing_foreign_goes(data: st.DataObject, wanted: Stacks) -> None:
    mac = a_mac([])
    mac = Mac("m", sections={**mac.sections, "stacks": wanted})
    seen = data.draw(strategy_seen())
    foreign = {name for name, stack in seen.volumes.items() if not stack}
    for _ in range(3):
        for command in [command for change in with_consent(mac, seen) for command in change.commands]:
            seen = run(seen, command)
    assert with_consent(mac, seen) == []
    assert foreign | set(named(wanted)) <= set(seen.volumes)
    assert {name for name, stack in seen.volumes.items() if stack} <= {
        *named(wanted),
        *(
            name
            for name in ("data",)
            if any("Volume=data:" in t for k in seen.kept.values() for t in k.previous.values())
        ),
    }
