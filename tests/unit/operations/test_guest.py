import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from carbon_fleet.plan import Action, Change, Finding, Refusal, Where, World
from carbon_fleet.snapshot import Guest as Reach
from carbon_fleet.snapshot import Section, Snapshot, read_snapshot
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import Mac
from operations.guest import RESOURCE, Guest, GuestSeen, UnitSeen, differences, read
from operations.guest.registries import DROP_IN
from operations.guest.units import unit_of

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "guest"
CONF = "/etc/tmpfiles.d/lab.conf"
JOB = "/etc/systemd/system/job.service"
WEB = "/etc/containers/systemd/web.container"
CHRONY: dict[str, Any] = {"chronyd.service": {}}


def wish(**said: Any) -> Guest:
    return Guest.model_validate_json(json.dumps(said))


def snapshot(name: str) -> Snapshot:
    return read_snapshot("mac-01", (TRANSCRIPTS / f"{name}.txt").read_text().splitlines())


def found_in(name: str, wanted: Guest) -> tuple[Finding, ...]:
    return RESOURCE.findings(World(Mac("mac-01", sections={"guest": wanted}), snapshot(name)))


def lines(*found: Finding) -> list[str]:
    said = []
    for change in found:
        assert isinstance(change, Change), change
        for command in change.commands:
            assert command.where is Where.GUEST
            said.append(" ".join(command.argv) if command.argv[0] != "/bin/sh" else command.says)
    return said


def at(seen: GuestSeen, wanted: Guest) -> list[Finding]:
    return list(differences(wanted, seen, World(Mac("mac-01"), Snapshot("mac-01", guest=Reach.REACHED))))


CHRONYD = wish(units=CHRONY)
FILE = wish(files={CONF: {"content": "d /var/tmp/models 0755\n"}})


def test_a_transcript_is_read() -> None:
    seen = read(snapshot("healthy").section("guest"))
    assert seen == GuestSeen(
        render="char",
        time=1795258801,
        uptime=5231,
        provider="libkrun",
        system="running",
        features=(
            "virgl           : no",
            "edid            : yes",
            "resource blob   : yes",
            "host visible    : yes",
            "context init    : yes",
        ),
        files={CONF: FileSeen(CONF, "regular", "0644", "root", "root", b"d /var/tmp/models 0755\n")},
        units={
            "chronyd.service": UnitSeen("loaded", "active", "enabled"),
            "podman.socket": UnitSeen("loaded", "active", "enabled"),
        },
    )
    assert read(snapshot("degraded").section("guest")).system == "degraded"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("healthy", wish(files=json.loads(FILE.model_dump_json())["files"], units={**CHRONY, "podman.socket": {}})),
        ("degraded", FILE),
        ("no-gpu", wish(gpu=False)),
        ("unit-static", CHRONYD),
        ("unit-masked", wish(units={"chronyd.service": {"enabled": False, "active": False}})),
        ("unit-missing", wish(units={"chronyd.service": {"enabled": False, "active": False}})),
        ("clock-ahead", wish(clock_skew="2m")),
    ],
)
def test_an_inside_as_wished_has_no_differences(name: str, wanted: Guest) -> None:
    assert found_in(name, wanted) == ()


@pytest.mark.parametrize(
    ("name", "wanted", "code", "what", "remedy"),
    [
        ("no-gpu", wish(), "GUEST_NO_GPU", "not there (provider: libkrun)", "krunkit --version"),
        ("no-gpu-applehv", wish(), "GUEST_NO_GPU", "provider: applehv", "--allow-replace"),
        ("gpu-no-device", wish(), "GUEST_NO_GPU", "is no device (provider: unknown)", "krunkit"),
        ("file-link", FILE, "FILE_NOT_REGULAR", "is a link", "mv "),
        ("unit-missing", CHRONYD, "GUEST_UNIT_UNKNOWN", "no unit `chronyd.service`", "/etc/systemd/system/chronyd"),
        ("systemctl-fails", CHRONYD, "GUEST_UNREADABLE", "Failed to connect to bus", "carbon-fleet probe"),
    ],
)
def test_a_refusal_says_why(name: str, wanted: Guest, code: str, what: str, remedy: str) -> None:
    (refusal,) = found_in(name, wanted)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert what in refusal.what
    assert remedy in refusal.remedy


@pytest.mark.parametrize(
    ("name", "wanted", "address", "attributes", "commands"),
    [
        ("clock-behind", wish(), "guest.clock", [("skew", "-9 s", "within 2s")], ["set the machine's clock"]),
        ("clock-ahead", wish(), "guest.clock", [("skew", "+100 s", "within 2s")], ["set the machine's clock"]),
        (
            "file-missing",
            FILE,
            f"guest.file.{CONF}",
            [("content", None, "d /var/tmp/models 0755\n"), ("mode", None, "0644")],
            [f"write {CONF}"],
        ),
        (
            "file-changed",
            FILE,
            f"guest.file.{CONF}",
            [("content", "x\n", "d /var/tmp/models 0755\n"), ("mode", "0600", "0644"), ("owner", "core", "root")],
            [f"write {CONF}"],
        ),
        (
            "unit-off",
            CHRONYD,
            "guest.unit.chronyd.service",
            [("enabled", False, True), ("active", "failed", "active")],
            ["systemctl enable chronyd.service", "systemctl start chronyd.service"],
        ),
        (
            "unit-masked",
            CHRONYD,
            "guest.unit.chronyd.service",
            [("masked", True, False), ("enabled", False, True), ("active", "inactive", "active")],
            [f"systemctl {verb} chronyd.service" for verb in ("unmask", "enable", "start")],
        ),
        (
            "healthy",
            wish(units={"chronyd.service": {"enabled": False, "active": False}}),
            "guest.unit.chronyd.service",
            [("enabled", True, False), ("active", "active", "inactive")],
            ["systemctl disable chronyd.service", "systemctl stop chronyd.service"],
        ),
    ],
)
def test_drift_is_found_and_healed(
    name: str, wanted: Guest, address: str, attributes: list[tuple[Any, ...]], commands: list[str]
) -> None:
    (change,) = found_in(name, wanted)
    assert isinstance(change, Change)
    assert change.address == address
    assert [(attribute.name, attribute.before, attribute.after) for attribute in change.attributes] == attributes
    assert lines(change) == commands


def test_a_new_unit_is_written_read_and_started() -> None:
    wanted = wish(files={JOB: {"content": "[Service]\n"}}, units={"job.service": {}})
    seen = GuestSeen(render="char", units={"job.service": UnitSeen()})
    assert lines(*at(seen, wanted)) == [
        f"write {JOB}",
        "systemctl daemon-reload",
        "systemctl enable job.service",
        "systemctl start job.service",
    ]


def test_a_running_unit_is_stopped_before_its_files_change_and_started_after() -> None:
    drop_in = f"{JOB}.d/10-lab.conf"
    wanted = wish(files={JOB: {"content": "[Service]\n"}, drop_in: {"content": ""}}, units={"job.service": {}})
    seen = GuestSeen(render="char", units={"job.service": UnitSeen("loaded", "active", "enabled")})
    found = at(seen, wanted)
    assert lines(*found) == [
        "systemctl stop job.service",
        f"write {JOB}",
        f"write {drop_in}",
        "systemctl daemon-reload",
        "systemctl start job.service",
    ]
    assert isinstance(found[0], Change)
    assert found[0].at_stake == ("job.service is restarted",)


def test_a_quadlet_is_not_enabled_by_systemctl() -> None:
    wanted = wish(files={WEB: {"content": "[Container]\n"}}, units={"web.service": {}})
    assert lines(*at(GuestSeen(render="char"), wanted))[-2:] == [
        "systemctl daemon-reload",
        "systemctl start web.service",
    ]


def test_a_reload_that_was_cut_off_is_made_up_for() -> None:
    seen = GuestSeen(render="char", units={"job.service": UnitSeen("loaded", "active", "enabled", stale=True)})
    (change,) = at(seen, wish(units={"job.service": {}}))
    assert isinstance(change, Change)
    assert (change.address, change.action) == ("guest.daemon-reload", Action.RUN)


def test_a_plan_from_scratch_lists_what_will_be_made() -> None:
    wanted = wish(files={CONF: {"content": "x"}, JOB: {"content": "y"}}, units={"job.service": {"active": False}})
    world = World(Mac("mac-01", sections={"guest": wanted}), Snapshot("mac-01", guest=Reach.ABSENT))
    assert [finding.address for finding in RESOURCE.findings(world)] == [
        f"guest.file.{JOB}",
        f"guest.file.{CONF}",
        "guest.daemon-reload",
        "guest.unit.job.service",
    ]


@pytest.mark.parametrize("facts", [{}, {"time": ("soon",)}])
def test_without_the_macs_time_nothing_is_said_about_the_clock(facts: dict[str, tuple[str, ...]]) -> None:
    there = Snapshot("mac-01", {"machine": Section("machine", facts=facts)}, Reach.REACHED)
    seen = GuestSeen(render="char", time=1)
    assert list(differences(wish(), seen, World(Mac("mac-01"), there))) == []


@pytest.mark.parametrize(("ahead", "off"), [(-3, True), (-2, False), (0, False), (2, False), (12, False), (13, True)])
def test_the_hop_may_make_the_machine_seem_ahead(ahead: int, off: bool) -> None:
    there = Snapshot("mac-01", {"machine": Section("machine", facts={"time": ("1000",)})}, Reach.REACHED)
    seen = GuestSeen(render="char", time=1000 + ahead)
    assert bool(list(differences(wish(), seen, World(Mac("mac-01"), there)))) is off


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        (JOB, "job.service"),
        (f"{JOB}.d/x.conf", "job.service"),
        (WEB, "web.service"),
        ("/etc/containers/systemd/data.volume", "data-volume.service"),
        ("/etc/containers/systemd/lab.network", "lab-network.service"),
        ("/etc/systemd/system/multi-user.target.wants/x.service", None),
        ("/etc/systemd/system.conf", None),
        (CONF, None),
    ],
)
def test_which_unit_a_file_is_part_of(path: str, unit: str | None) -> None:
    assert unit_of(path) == unit


def test_what_the_section_is_told() -> None:
    wanted = wish(
        files={CONF: {"content": ""}, JOB: {"content": ""}, "/etc/systemd/system/x@.service": {"content": ""}},
        units=CHRONY,
    )
    assert RESOURCE.asks(wanted, Mac("mac-01")) == {
        "CF_GUEST_FILES": f"{DROP_IN}\n/etc/systemd/system/job.service\n/etc/systemd/system/x@.service\n{CONF}",
        "CF_GUEST_UNITS": "chronyd.service job.service",
    }


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"files": {"etc/x": {"content": ""}}}, "not such a path"),
        ({"files": {"/etc/x/": {"content": ""}}}, "is a folder"),
        ({"files": {"/usr/bin/x": {"content": ""}}}, "cannot be written"),
        ({"files": {"/etc/x": {}}}, "content"),
        ({"files": {"/etc/x": {"content": "a\0"}}}, "NUL"),
        ({"files": {"/etc/x": {"content": "", "owner": "root:root"}}}, "owner"),
        ({"units": {"chronyd": {}}}, "is not a systemd unit"),
        ({"units": {"a b.service": {}}}, "is not a systemd unit"),
        ({"units": {"x@.service": {}}}, "is a template"),
    ],
)
def test_a_wrong_wish_is_named(said: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        wish(**said)


def test_a_file_of_a_unit_nobody_wishes_is_only_read_anew() -> None:
    seen = GuestSeen(render="char", units={"job.service": UnitSeen("loaded", "active", "enabled")})
    wanted = wish(files={JOB: {"content": "[Service]\n"}})
    assert lines(*at(seen, wanted)) == [f"write {JOB}", "systemctl daemon-reload"]
    running = replace(seen, units={"job.service": UnitSeen("loaded", "inactive", "enabled")})
    assert lines(*at(running, wanted)) == [f"write {JOB}", "systemctl daemon-reload"]
