"""What is done about a machine that is not as wished: exact commands, drift of every attribute, what is at stake."""

from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Action, Change, Notice, Refusal, World
from carbon_fleet.snapshot import Guest, Snapshot, Unreadable, read_snapshot
from carbon_fleet.spec import Mac, Size
from operations.homebrew import Homebrew
from operations.machine import RESOURCE, Machine, differences
from operations.machine.connections import same
from operations.machine.seen import Disk, Processes, State
from tests.unit.operations.machine_world import (
    ABSENT,
    CONFIG,
    DATA,
    DISKS,
    IDENTITY,
    PAIR,
    RUNNING,
    STOPPED,
    WANTED,
    changes,
    found_in,
    lines,
    pairs,
    seen_in,
    world,
)

INIT = (
    "create.sh carbon libkrun  podman machine init --cpus 4 --memory 8192 --disk-size 100 --rootful=true "
    "--volume /Users:/Users --volume /private:/private --volume /var/folders:/var/folders carbon"
)
PREFER = "podman system connection default carbon-root"
START = "start.sh carbon libkrun 300 podman machine start carbon"
STOP = "stop.sh carbon libkrun 150 podman machine stop carbon"
RM = "remove.sh carbon libkrun podman machine rm -f carbon"
SAVE = "save.sh carbon libkrun 300 6291456 podman machine start carbon"
ASIDE = "aside.sh carbon libkrun 150 libkrun"
ANEW = [f"guarded-{INIT}", f"guarded-{START}", "guarded-bring.sh carbon libkrun", "settle.sh carbon libkrun", PREFER]
FATE = (
    "volumes are brought into the new machine; containers of others are made again by one command, images are not; "
    "the old disk is kept for 7d"
)
DISCONNECT = ["podman system connection remove carbon", "podman system connection remove carbon-root"]


@pytest.mark.parametrize(
    ("name", "action", "expected"),
    [
        ("absent", Action.CREATE, [INIT, PREFER, START]),
        ("no-podman", Action.CREATE, [INIT, PREFER, START]),
        ("half-made", Action.CREATE, ["clear.sh carbon libkrun", *DISCONNECT, INIT, PREFER, START]),
        ("empty-disk", Action.CREATE, ["clear.sh carbon libkrun", INIT, PREFER, START]),
        ("orphan-disk", Action.REPLACE, [ASIDE, *ANEW]),
        ("cut-off-removal", Action.CREATE, [RM, INIT, PREFER, START]),
        ("disk-gone-never-booted", Action.CREATE, [RM, INIT, PREFER, START]),
        ("disk-gone", Action.REPLACE, [RM, INIT, PREFER, START]),
        ("overmount-v6", Action.REPLACE, [SAVE, ASIDE, *ANEW]),
        ("applehv", Action.REPLACE, [*(line.replace("libkrun", "applehv", 1) for line in (SAVE, ASIDE)), *ANEW]),
        ("stopped", Action.RUN, [START]),
        ("starting-stuck", Action.RUN, [START]),
        ("starting-cut-off-while-running", Action.RUN, [STOP, START]),
        ("between", Action.RUN, [STOP, START]),
        ("network-lost", Action.RUN, [STOP, START]),
        ("default-is-user-connection", Action.UPDATE, [PREFER]),
    ],
)
def test_what_is_done_about_it(name: str, action: Action, expected: list[str]) -> None:
    (change,) = found_in(name)
    assert isinstance(change, Change)
    assert change.action is action
    assert lines(change) == expected


def test_missing_connections_are_restored_before_the_start() -> None:
    assert lines(*found_in("connections-missing")) == [
        f"podman system connection add --identity {IDENTITY} carbon {PAIR['carbon'].uri}",
        f"podman system connection add --identity {IDENTITY} carbon-root {PAIR['carbon-root'].uri}",
        START,
        PREFER,
    ]


def test_a_connection_to_another_port_is_made_anew() -> None:
    found = found_in("connection-other-port")
    assert [finding.address for finding in found] == ["machine.connection.carbon", "machine.connection.carbon-root"]
    assert lines(*found)[:2] == [
        DISCONNECT[0],
        f"podman system connection add --identity {IDENTITY} carbon {PAIR['carbon'].uri}",
    ]


def test_a_machine_that_was_made_is_noted_before_it_starts() -> None:
    assert lines(*found_in("made-but-not-noted")) == ["finish.sh carbon libkrun", START]


def test_commands_read_as_a_person_would_type_them() -> None:
    (change,) = changes(STOPPED)
    assert str(change.commands[0]) == (
        "CONTAINERS_MACHINE_PROVIDER=libkrun /bin/sh -c '# Start a Podman machine, or say why it did not come and "
        "leave nothing half started.   NAME PROVIDER SECONDS COMMAND... …' "
        "sh carbon libkrun 300 podman machine start carbon"
    )
    assert change.commands[0].deadline == 480


def test_every_flag_of_init_is_said() -> None:
    wanted = Machine(
        name="gpu", cpus=6, rootful=False, volumes=(), swap=Size.parse("2GiB"), image="docker://quay.io/lab/os:1"
    )
    (change,) = changes(replace(ABSENT, name="gpu"), wanted)
    assert lines(change)[:2] == [
        "create.sh gpu libkrun docker://quay.io/lab/os:1 podman machine init --cpus 6 --memory 8192 --disk-size 100 "
        "--rootful=false --volume  --swap 2048 --image docker://quay.io/lab/os:1 gpu",
        "podman system connection default gpu",
    ]
    assert ("swap", None, "2GiB") in pairs(change)


@pytest.mark.parametrize(
    ("config", "attribute", "flag"),
    [
        ({"cpus": 2}, ("cpus", 2, 4), "--cpus=4"),
        ({"memory_mib": 4096}, ("memory", "4GiB", "8GiB"), "--memory=8192"),
        ({"disk_gib": 50}, ("disk", "50GiB", "100GiB"), "--disk-size=100"),
        ({"rootful": False}, ("rootful", False, True), "--rootful=true"),
    ],
)
def test_drift_of_what_can_be_set(config: dict[str, Any], attribute: tuple[Any, ...], flag: str) -> None:
    (change,) = changes(replace(RUNNING, config=replace(CONFIG, **config)))
    assert (change.address, change.action) == ("machine.carbon", Action.UPDATE)
    assert pairs(change) == [attribute]
    assert lines(change) == [STOP, f"podman machine set {flag} carbon", START]
    assert change.at_stake == ("everything that runs in the machine carbon is stopped for a while",)


@pytest.mark.parametrize(
    ("config", "attribute"),
    [
        ({"provider": "applehv"}, ("provider", "applehv", "libkrun")),
        ({"mounts": ()}, ("volumes", None, "/Users:/Users /private:/private /var/folders:/var/folders")),
        ({"swap_mib": 1024}, ("swap", "1GiB", None)),
        ({"disk_gib": 200}, ("disk", "200GiB", "100GiB")),
    ],
)
def test_drift_of_what_needs_another_machine(config: dict[str, Any], attribute: tuple[Any, ...]) -> None:
    there = dict.fromkeys(DISKS, (Disk.FILLED, ""))
    (change,) = changes(replace(RUNNING, config=replace(CONFIG, **config), disks=there))
    assert (change.address, change.action) == ("machine.carbon", Action.REPLACE)
    assert pairs(change) == [attribute]
    assert change.at_stake == (
        "everything on the disk of the machine carbon; what that is is unknown: it could not be entered",
        FATE,
    )


def test_the_order_of_volumes_and_rw_is_no_difference() -> None:
    wanted = Machine(volumes=("/private:/private", "/var/folders:/var/folders:rw", "/Users:/Users"))
    assert changes(RUNNING, wanted) == []


def test_another_image_needs_another_machine_and_its_record() -> None:
    wanted = Machine(image="quay.io/lab/os:2")
    (change,) = changes(replace(RUNNING, made_from="quay.io/lab/os:1"), wanted)
    assert change.action is Action.REPLACE
    assert pairs(change) == [("image", "quay.io/lab/os:1", "quay.io/lab/os:2")]
    assert pairs(changes(replace(RUNNING, made_from="quay.io/lab/os:1"))[0]) == [("image", "quay.io/lab/os:1", None)]
    (notice,) = differences(wanted, RUNNING, world())
    assert isinstance(notice, Notice)
    assert notice.code == "MACHINE_IMAGE_UNKNOWN"


def test_a_replace_names_what_is_at_stake() -> None:
    shrunk = replace(STOPPED, config=replace(CONFIG, disk_gib=200))
    (change,) = changes(shrunk, guest=Guest.STOPPED)
    assert "unknown: the machine is not running" in change.at_stake[0]
    answer = read_snapshot("mac-01", GUEST_WITH_THINGS.splitlines())
    full = replace(RUNNING, config=replace(CONFIG, disk_gib=200))
    (found,) = differences(WANTED, full, World(Mac("mac-01"), answer))
    assert isinstance(found, Change)
    image = "image localhost/venus:1 (in no registry: on the old disk only, unless the lab file builds it)"
    assert found.at_stake == ("container notebook", "volume data", image, FATE)
    (found,) = differences(WANTED, replace(RUNNING, config=replace(CONFIG, cpus=1)), World(Mac("mac-01"), answer))
    assert isinstance(found, Change)
    assert found.at_stake == ("everything that runs in the machine carbon is stopped for a while", "container notebook")
    empty = read_snapshot(
        "mac-01", "\n".join(line for line in GUEST_WITH_THINGS.splitlines() if "=" not in line).splitlines()
    )
    (found,) = differences(WANTED, full, World(Mac("mac-01"), empty))
    assert isinstance(found, Change)
    assert found.at_stake == ("nothing: the machine carbon has no containers, volumes or images", FATE)


GUEST_WITH_THINGS = """%carbon-probe 1
%guest open
%section guest
container=notebook
volume=data
image=localhost/venus:1
%end guest 0
%guest reached
%done"""


def test_a_start_in_progress_is_left_to_podman() -> None:
    booting = replace(STOPPED, config=replace(CONFIG, starting=True), processes=Processes({"carbon": 1}, {}))
    (change,) = changes(booting)
    assert pairs(change) == [("state", "stopped", "running")]


def test_what_a_crash_left_is_named() -> None:
    (change,) = found_in("starting-stuck")
    assert isinstance(change, Change)
    assert pairs(change) == [
        ("state", "stopped", "running"),
        ("starting", True, False),
        ("gvproxy", "process 4710, left without its machine", None),
    ]


def test_a_disk_that_is_gone_may_be_put_back() -> None:
    (change,) = found_in("disk-gone")
    assert isinstance(change, Change)
    assert f"{DATA}/libkrun/carbon-arm64.raw is absent: if it cannot be put back" in change.reason


def test_an_applehv_machine_has_an_endpoint_too() -> None:
    assert (config := seen_in("applehv").config) is not None
    assert (config.provider, config.endpoint) == ("applehv", "http://localhost:54322")


def test_an_endpoint_that_is_no_address() -> None:
    odd = replace(STOPPED, state=State.UNKNOWN, config=replace(CONFIG, endpoint="http://localhost:x"))
    (refusal,) = differences(WANTED, odd, world())
    assert isinstance(refusal, Refusal)
    assert "-iTCP:PORT" in refusal.remedy


@pytest.mark.parametrize(
    ("uri", "right"),
    [
        (PAIR["carbon"].uri, True),
        (PAIR["carbon"].uri.replace("127.0.0.1", "localhost"), True),
        (PAIR["carbon"].uri.replace("50022", "50023"), False),
        (PAIR["carbon"].uri.replace("50022", "port"), False),
        (PAIR["carbon"].uri.replace("core@", ""), False),
        ("ssh://core@db.example:50022/run/user/501/podman/podman.sock", False),
    ],
)
def test_connections_are_compared_by_where_they_lead(uri: str, right: bool) -> None:
    assert same(uri, PAIR["carbon"].uri) is right


def test_what_the_section_is_told() -> None:
    mac = Mac("mac-01", sections={"machine": WANTED, "homebrew": Homebrew()})
    assert RESOURCE.asks(WANTED, mac)["CF_MACHINE_NAME"] == "carbon"


def test_a_failed_section_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="did not answer"):
        Snapshot("mac-01").section("machine")
