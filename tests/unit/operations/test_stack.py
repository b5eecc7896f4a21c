import json
from dataclasses import replace

import pytest

from carbon_fleet.plan import Notice, Refusal
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot, Unreadable
from carbon_fleet.snapshot.files import FileSeen
from operations.image.recipe import recipes
from operations.stack import RESOURCE
from operations.stack.seen import ContainerSeen, ServiceSeen, StackSeen, read
from tests.unit.operations.stack_world import (
    a_mac,
    changes,
    commands,
    converged,
    findings,
    one,
    recorded,
    rows,
    units_of,
    with_container,
    with_file,
    with_service,
)

HEALTH = {"command": ["true", "x"], "start_period": "9s"}
PATH = "/etc/containers/systemd/carbon-fleet-shop-web.container"
SERVICE = "carbon-fleet-shop-web.service"
WAIT = (
    "/bin/sh -c '# Waits until a container is healthy; if it does not get so, its stack goes back to the units "
    f"it had.  UNIT CONTAINER SECONDS healthy|running GRACE STACK KEPT FOLDER …' sh {SERVICE} shop-web 300"
)
PLACE = "/var/lib/carbon-fleet/stacks/shop"
WAIT_LONG = f"{WAIT} healthy 9 shop {PLACE} /etc/containers/systemd"
KEEP = (
    "/bin/sh -c '# Keeps the units of a stack that works, for it to go back to; those kept until now become the ones "
    f"before.  KEPT FOLDER UNIT-FILE... …' sh {PLACE} /etc/containers/systemd carbon-fleet-shop-web.container"
)
KEPT = ("stack.shop", "run", ["kept"])
WRITE = "/bin/sh -c '# write-file PATH MODE OWNER|\"\" BYTES …'"
STOP, START, RELOAD = f"systemctl stop {SERVICE}", f"systemctl start --no-block {SERVICE}", "systemctl daemon-reload"


def test_from_nothing_with_exact_commands() -> None:
    mac = a_mac(one(health=HEALTH))
    found = changes(mac, StackSeen())
    assert rows(found) == [
        ("stack.shop.web", "create", ["content", "mode"]),
        ("stack.systemd", "run", ["units"]),
        ("stack.shop.web", "run", ["state"]),
        KEPT,
    ]
    size = len(units_of(mac)[0].text.encode())
    assert commands(found) == [
        f"{WRITE} sh {PATH} 0644 '' {size}",
        RELOAD,
        START,
        WAIT_LONG,
        KEEP,
    ]
    assert {command.where for change in found for command in change.commands} == {"guest"}
    assert found[2].commands[1].deadline == 360 + 1800


def test_as_wished_is_left_alone() -> None:
    mac = a_mac([*one(health=HEALTH), *one("a", "other", gpu="venus")])
    assert findings(mac, converged(mac)) == []


def test_daemon_reload_comes_once_between_all_files_and_all_starts() -> None:
    mac = a_mac([*one(), *one("b", "other"), *one("c", "third")])
    said = commands(changes(mac, StackSeen()))
    assert said.count(RELOAD) == 1
    place = said.index(RELOAD)
    assert all(word.startswith(WRITE) for word in said[:place])
    assert not any(word.startswith(WRITE) for word in said[place:])


def test_drift_is_told_by_address_and_attribute() -> None:
    mac = a_mac(one(health=HEALTH))
    seen, (unit,) = converged(mac), units_of(a_mac(one(health=HEALTH)))
    wait, again = WAIT_LONG, [STOP, START, WAIT_LONG]
    write = f"{WRITE} sh {PATH} 0644 '' {len(unit.text)}"
    gone = replace(seen, containers={})
    run = "stack.shop.web", "run"
    table = [
        (with_file(seen, unit, mode="0600"), [("stack.shop.web", "update", ["mode"]), SYSTEMD], [write, RELOAD]),
        (
            with_file(seen, unit, content=b"x"),
            [("stack.shop.web", "update", ["content"]), SYSTEMD, (*run, ["state"])],
            [STOP, write, RELOAD, START, wait],
        ),
        (with_service(seen, unit, stale=True), [SYSTEMD], [RELOAD]),
        (
            with_service(seen, unit, load="not-found", active="inactive"),
            [SYSTEMD, (*run, ["state"])],
            [RELOAD, START, wait],
        ),
        (with_service(seen, unit, active="inactive"), [(*run, ["state"])], [START, wait]),
        (with_service(seen, unit, active="failed"), [(*run, ["state"])], [START, wait]),
        (with_service(seen, unit, active="activating", sub="auto-restart"), [(*run, ["state"])], [START, wait]),
        (with_service(seen, unit, active="activating", sub="start"), [(*run, ["state"])], [wait]),
        (gone, [(*run, ["container"])], again),
        (with_container(seen, unit, state="paused"), [(*run, ["container"])], again),
        (with_container(seen, unit, health="unhealthy"), [(*run, ["health"])], again),
        (with_container(seen, unit, health=""), [(*run, ["health"])], again),
        (with_container(seen, unit, health="starting"), [(*run, ["health"])], [wait]),
    ]
    for number, (drifted, expected, said) in enumerate(table):
        found = changes(mac, drifted)
        assert (number, rows(found)) == (number, expected)
        assert commands(found) == said


FORGOTTEN = ("stack.shop", "delete", ["kept"])
SYSTEMD = ("stack.systemd", "run", ["units"])


def test_a_changed_wish_restarts_just_that_container() -> None:
    before = a_mac([*one(), *one("b", "other")])
    after = a_mac([*one(command=["x"]), *one("b", "other")])
    found = changes(after, converged(before))
    assert {address for address, _, _ in rows(found)} == {"stack.shop.web", "stack.systemd", "stack.shop"}
    assert commands(found)[0] == STOP


def test_a_container_whose_driver_was_taken_away_is_begun_anew() -> None:
    for gpu, expected in (("venus", [("stack.shop.web", "run", ["driver"])]), ("none", [])):
        mac = a_mac(one(gpu=gpu))
        (unit,) = units_of(mac)
        assert rows(changes(mac, with_container(converged(mac), unit, driver=False))) == expected


def test_a_driver_that_is_gone_is_known_by_its_containers_process() -> None:
    listed = [{"Id": "i", "ImageID": "m", "State": "running", "Names": ["x"], "Pid": 77}]
    for pid, driver in (("77", False), ("7", True)):
        section = Section("stack", facts={"driverless": (pid,)}, blocks=_section(ps=json.dumps(listed)).blocks)
        assert read(section).containers["x"].driver is driver


def test_what_is_wished_no_more_goes() -> None:
    found = changes(a_mac([]), converged(a_mac(one())))
    assert rows(found) == [("stack.shop.web", "delete", ["content", "state"]), SYSTEMD, FORGOTTEN]
    assert commands(found) == [STOP, f"rm -f {PATH}", RELOAD, f"rm -rf {PLACE}"]
    stopped = with_service(converged(a_mac(one())), units_of(a_mac(one()))[0], active="inactive")
    assert commands(changes(a_mac([]), stopped)) == [f"rm -f {PATH}", RELOAD, f"rm -rf {PLACE}"]


def test_a_service_that_outlived_its_file_is_known_by_source_or_container() -> None:
    seen = replace(converged(a_mac(one())), files={}, kept={})
    assert rows(changes(a_mac([]), seen)) == [("stack.shop-web", "delete", ["state"]), SYSTEMD]
    unit = units_of(a_mac(one()))[0]
    forgotten = with_service(seen, unit, source="", load="not-found")
    assert commands(changes(a_mac([]), forgotten)) == [STOP, RELOAD]
    idle = replace(with_service(seen, unit, active="inactive"), containers={})
    assert commands(changes(a_mac([]), idle)) == [RELOAD]


def test_what_is_not_ours_stays() -> None:
    service = ServiceSeen("loaded", "active", "running", 0, True, "/etc/systemd/system/carbon-fleet-own.service")
    network = FileSeen("/etc/containers/systemd/carbon-fleet-x.network", "regular", "0644", "root", "root", b"x")
    folder = FileSeen("/etc/containers/systemd/carbon-fleet-d.container", "directory")
    seen = StackSeen(
        {network.path: network, folder.path: folder},
        {"carbon-fleet-own.service": service},
        {"mine": ContainerSeen("id", "image", "running")},
    )
    assert findings(a_mac([]), seen) == []


def test_a_strangers_container_of_the_same_name_is_not_destroyed() -> None:
    mac = a_mac(one())
    seen = StackSeen(containers={"shop-web": ContainerSeen("id", "image", "running")})
    refusals = [finding for finding in findings(mac, seen) if isinstance(finding, Refusal)]
    assert [(r.address, r.code) for r in refusals] == [("stack.shop.web", "CONTAINER_NAME_TAKEN")]
    assert "podman rename shop-web shop-web-before" in refusals[0].remedy


def test_a_link_in_a_units_place_refuses() -> None:
    mac = a_mac(one())
    seen = StackSeen(files={PATH: FileSeen(PATH, "link")})
    assert [f.code for f in findings(mac, seen) if isinstance(f, Refusal)] == ["FILE_NOT_REGULAR"]
    assert rows(changes(a_mac([]), seen)) == [("stack.shop-web", "delete", ["content"]), SYSTEMD]


def _images(*images: str) -> Snapshot:
    block = Block("images", 0, (f"[{','.join(images)}]",))
    return Snapshot("m", {"image": Section("image", blocks={"images": block})}, Guest.REACHED)


def _listed(name: str, tag: str, containers: int = 0) -> str:
    return (
        f'{{"Id": "{name}", "Labels": {{"io.carbon-fleet.inputs": "d-{name}"}}, "Names": ["{tag}"], '
        f'"Containers": {containers}}}'
    )


def test_a_container_of_another_image_than_its_tags_is_restarted() -> None:
    mac = a_mac(["vulkan-check"])
    seen = converged(mac)
    tag = next(r.tag for r in recipes(mac) if r.name == "vulkan-check")
    found = changes(mac, seen, _images(_listed("rebuilt", tag, 1)))
    assert rows(found) == [("stack.vulkan-check.vulkan-check", "run", ["image"])]
    assert [a.before for a in found[0].attributes] == ["image"]
    assert changes(mac, seen, _images(_listed("image", tag, 1))) == []


def test_old_images_go_once_no_container_was_made_from_them() -> None:
    mac = a_mac([])
    old, used, foreign = "localhost/carbon-fleet/venus:00", "localhost/carbon-fleet/venus:01", "docker.io/me/venus:1"
    found = changes(mac, StackSeen(), _images(_listed("a", old), _listed("b", used, 1), _listed("c", foreign)))
    assert rows(found) == [("image.venus:00", "delete", ["inputs", "tag"])]
    assert commands(found) == [f"podman image rm {old}"]


def test_unreadable_images_are_the_image_resources_to_report() -> None:
    broken = Snapshot("m", {"image": Section("image", status=1)}, Guest.REACHED)
    assert findings(a_mac(one()), converged(a_mac(one())), broken) == []


def test_transcripts_of_a_real_machine() -> None:
    assert recorded("empty") == StackSeen({}, recorded("empty").services, {})
    assert all(s.load == "not-found" and s.down for s in recorded("empty").services.values())
    seen = recorded("converged")
    assert set(seen.containers) == {"trial", "trial-web", "trial-store"}
    assert {n: c.health for n, c in seen.containers.items()} == {
        "trial": "healthy",
        "trial-web": "healthy",
        "trial-store": "",
    }
    assert {c.stack for c in seen.containers.values()} == {"trial"}
    assert set(seen.ours()) == set(seen.services) == {c.unit for c in seen.containers.values()}
    assert all(f.kind == "regular" and f.mode == "0644" for f in seen.files.values())
    # The trial container is healthy at its first check: in this one the word was changed by hand.
    assert recorded("starting").containers["trial"].health == "starting"
    assert recorded("unhealthy").containers["trial-web"].health == "unhealthy"
    waiting = recorded("auto-restart").service("carbon-fleet-trial-web.service")
    assert not waiting.down
    assert not waiting.waiting
    assert recorded("name-taken").containers["trial-web"].stack == ""
    lost = recorded("file-gone")
    assert len(lost.files) == 2
    assert lost.service("carbon-fleet-trial-store.service").stale
    again = recorded("file-gone-and-reloaded")
    assert again.service("carbon-fleet-trial-store.service").source == ""
    assert "carbon-fleet-trial-store.service" in again.ours()


def _section(units: str = "", ps: str = "[]", unit_status: int = 0, ps_status: int = 0) -> Section:
    blocks = {
        "units": Block("units", unit_status, tuple(units.splitlines())),
        "ps": Block("ps", ps_status, (ps,)),
    }
    return Section("stack", blocks=blocks)


def test_what_cannot_be_read_is_not_nothing() -> None:
    assert read(_section()) == StackSeen()
    assert read(_section(ps="null", units="odd")) == StackSeen()
    broken = [
        _section(unit_status=1),
        _section(ps_status=124),
        _section(ps="no"),
        _section(ps='[{"Names": ["x"]}]'),
        _section(ps='[{"Names": null}]'),
        _section(ps='["x"]'),
        Section("stack"),
    ]
    for section in broken:
        with pytest.raises(Unreadable):
            read(section)


def test_the_resource_asks_for_its_units() -> None:
    question = RESOURCE.question(a_mac([*one(), "vulkan-check"]))
    assert question.guest
    assert question.variables == {
        "CF_STACK_DRIVER": "/opt/venus",
        "CF_STACK_FOLDER": "/etc/containers/systemd",
        "CF_STACK_KEPT": "/var/lib/carbon-fleet/stacks",
        "CF_STACK_STORE": "/var/lib/containers/storage/volumes",
        "CF_STACK_VOLUMES": "",
        "CF_STACK_LABELS": "/var/lib/carbon-fleet/secrets",
        "CF_STACK_SECRETS": "",
        "CF_STACK_UNITS": "carbon-fleet-shop-web.service carbon-fleet-vulkan-check-vulkan-check.service",
    }
    assert not any(isinstance(f, Notice) for f in findings(a_mac(one()), StackSeen()))
