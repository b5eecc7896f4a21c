"""Every check is seen to speak: on the simulated Mac by a fault of its own, the others here, by what a look saw."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from carbon_fleet.doctor.context import launched_by, told
from carbon_fleet.doctor.diagnose import CHECKS, KNOWN, diagnose, may_mend
from carbon_fleet.doctor.patient import Patient, numbers
from carbon_fleet.doctor.seen import DoctorSeen, InsideSeen, Said
from carbon_fleet.plan import Action, Change, World
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.sim.doctor_faults import CODES
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac, lab_from_text
from operations.guest import GuestSeen
from operations.homebrew import FormulaSeen, HomebrewSeen, Receipt
from operations.homebrew.seen import TapSeen
from operations.machine.seen import Config, MachineSeen, Processes, State
from operations.preflight import PreflightSeen

LAB = "lab: x\nmacs:\n  m: {host: h, user: lab}\n"
MAC = lab_from_text(LAB, lab_sections()).mac("m")
BY_CODE = {check.code: check for check in CHECKS}
KEG = FormulaSeen({"1.3.2": Receipt("libkrun/krun")}, linked="1.3.2")
PODMAN = FormulaSeen({"6.1.1": Receipt()}, linked="6.1.1")
BREW = HomebrewSeen(
    formulae={"podman": PODMAN, "krunkit": KEG, "virglrenderer-krun": FormulaSeen({"0.10.4e": Receipt()})}
)
MACHINE = MachineSeen(
    "carbon",
    state=State.RUNNING,
    config=Config("libkrun", 4, 8192, 100, True),
    processes=Processes({"carbon": 7}, {"carbon": 8}),
)
WELL: dict[str, Any] = {
    "findings": (),
    "doctor": DoctorSeen(ancestors=("sh", "sshd-session", "sshd", "launchd"), firmware=True),
    "inside": InsideSeen(boots=1, used=2**30, vulkan=(True, "ok", "right")),
    "machine": MACHINE,
    "homebrew": BREW,
    "preflight": PreflightSeen("Darwin", True, "26.1", chip="Apple M4", home="/Users/lab", uid=501),
    "guest": GuestSeen("char", system="running"),
}


def patient(mac: Mac = MAC, **seen: Any) -> Patient:
    made = Patient(World(mac, Snapshot("m")))
    made.__dict__.update({**WELL, **seen})
    return made


def session(**more: Any) -> DoctorSeen:
    well: DoctorSeen = WELL["doctor"]
    return replace(well, **more)


def inside(word: str) -> dict[str, Any]:
    return {"inside": InsideSeen(vulkan=(False, word, "because"))}


def brew(**formulae: FormulaSeen) -> dict[str, Any]:
    return {"homebrew": replace(BREW, formulae={**BREW.formulae, **formulae})}


HERE: dict[str, dict[str, Any]] = {
    "PODMAN_MISSING": {"homebrew": replace(BREW, formulae={**BREW.formulae, "podman": FormulaSeen()})},
    "MACHINE_ABSENT": {"machine": MachineSeen("carbon")},
    "LOCAL_NETWORK_BLOCKED": {"doctor": session(ancestors=("sh", "launchd"), manager="Background")},
    "PATH_WITHOUT_HOMEBREW": {"doctor": session(ancestors=("zsh", "login", "Terminal"), env={"PATH": "/usr/bin:/bin"})},
    "KRUNKIT_MEMORY": {"doctor": session(rss=60 * 2**30)},
    "GUEST_DEGRADED": {"guest": GuestSeen("char", system="degraded"), "inside": InsideSeen(failed=("x.service",))},
    "GPU_EMPTY": inside("empty-capset"),
    "GPU_HUNG": inside("timeout"),
    "GPU_OTHER_DEVICE": inside("other-device"),
    "GPU_NOT_APPLE": inside("not-apple"),
    "GVPROXY_VULNERABLE": {"doctor": session(gvproxy=Said(0, "gvproxy version v0.8.8"))},
}
"""Some of them without a lab, in no time."""


def test_every_check_is_shown_to_speak_on_the_simulated_mac() -> None:
    assert set(BY_CODE) - set(CODES.values()) == set()
    assert set(KNOWN) - set(CODES.values()) == set()


@pytest.mark.parametrize("code", HERE)
def test_it_speaks(code: str) -> None:
    found = diagnose(patient(**HERE[code]))
    assert [each.code for each in found.diagnoses] == [code]
    assert found.well is BY_CODE[code].note
    assert "{" not in "".join((found.diagnoses[0].cause, found.diagnoses[0].remedy))


def test_a_well_mac_has_nothing() -> None:
    assert diagnose(patient()).diagnoses == ()


def test_what_follows_is_left_out() -> None:
    down = replace(MACHINE, state=State.STOPPED, processes=Processes({}, {"carbon": 8}))
    assert [each.code for each in diagnose(patient(machine=down)).diagnoses] == ["GVPROXY_ORPHAN"]
    stuck = replace(down, config=replace(down.config, starting=True) if down.config else None)
    assert [each.code for each in diagnose(patient(machine=stuck)).diagnoses] == ["MACHINE_STARTING_STUCK"]


@pytest.mark.parametrize(
    ("podman", "krunkit", "code"),
    [
        ("5.5.2", "0.1.4", "KRUNKIT_STOPS_ON_POST"),
        ("5.6.0", "0.1.4", "KRUNKIT_TOO_OLD"),
        ("5.8.3", "1.1.1", "KRUNKIT_STOPS_ON_POST"),
        ("6.0.0", "1.1.1", "KRUNKIT_TOO_OLD"),
        ("6.1.1", "1.2.0", "KRUNKIT_STOPS_ON_POST"),
        ("6.1.1", "1.3.1", "KRUNKIT_FILE_RIGHTS"),
        ("6.1.1_2", "1.3.2", None),
        ("7.0", "1.10.0", None),
    ],
)
def test_which_krunkit_goes_with_which_podman(podman: str, krunkit: str, code: str | None) -> None:
    pair = brew(podman=FormulaSeen({podman: Receipt()}), krunkit=FormulaSeen({krunkit: Receipt("libkrun/krun")}))
    assert [each.code for each in diagnose(patient(**pair)).diagnoses] == ([code] if code else [])


def test_a_libkrun_with_wrong_rights_is_named_whatever_krunkit_is() -> None:
    found = diagnose(patient(**brew(libkrun=FormulaSeen({"1.19.3": Receipt("libkrun/krun")}))))
    assert [each.code for each in found.diagnoses] == ["KRUNKIT_FILE_RIGHTS"]


@pytest.mark.parametrize(
    ("ancestors", "env", "manager", "by"),
    [
        (("sh", "sshd-session", "sshd", "launchd"), {}, "Background", "ssh"),
        (("sh", "sshd", "launchd"), {"TMUX": "set"}, "", "tmux"),
        (("zsh", "tmux: server", "launchd"), {}, "", "tmux"),
        (("zsh", "login", "Terminal", "launchd"), {}, "Aqua", "terminal"),
        (("sh", "carbon-fleet", "launchd"), {}, "Background", "launchd agent"),
        (("sh", "carbon-fleet", "launchd"), {}, "System", "launchd daemon"),
        ((), {}, "", "unknown"),
    ],
)
def test_who_launched_the_session(ancestors: tuple[str, ...], env: dict[str, str], manager: str, by: str) -> None:
    one = patient(doctor=DoctorSeen(ancestors=ancestors, env=env, manager=manager))
    assert launched_by(one) == told(one)["launched by"] == by


def test_local_network_privacy_is_of_macos_15_and_of_users() -> None:
    agent = HERE["LOCAL_NETWORK_BLOCKED"]
    for change in ({"macos": "14.7"}, {"uid": 0}):
        one = patient(**agent, preflight=replace(WELL["preflight"], **change))
        assert [each.code for each in diagnose(one).diagnoses] == []


@pytest.mark.parametrize(
    ("said", "status", "told"),
    [
        ("gvproxy version v0.8.9", 0, True),
        ("gvproxy version v0.9.0", 0, False),
        ("gvproxy version v0.3.0", 0, False),
        ("gvproxy version ", 0, False),
        ("flag provided but not defined: -version 0.8.8", 2, False),
    ],
)
def test_which_gvproxy_has_the_hole(said: str, status: int, told: bool) -> None:
    found = diagnose(patient(doctor=session(gvproxy=Said(status, said))))
    assert [each.code for each in found.diagnoses] == ["GVPROXY_VULNERABLE"] * told


LARGE = 60 * 2**30


def at(clock: str | None, hours: str | None) -> Patient:
    """A machine whose krunkit has 60 GiB, at this time by the Mac's clock."""
    wall = datetime.fromisoformat(f"{clock}+10:00") if clock else None
    text = LAB + (f"defaults: {{health: {{use_hours: '{hours}'}}}}\n" if hours else "")
    return patient(lab_from_text(text, lab_sections()).mac("m"), doctor=session(rss=LARGE, wall=wall))


@pytest.mark.parametrize(
    ("clock", "hours", "words"),
    [
        ("2026-11-30T12:00:30", None, "never, for the lab file does not say"),
        ("2026-11-30T12:00:30", "08:00-20:00", "from 2026-11-30 20:00 by its clock on"),
        ("2026-11-30T23:30:00", "22:00-05:00", "from 2026-12-01 05:00 by its clock on"),
        ("2026-11-30T12:00:30", "00:00-24:00", "never, for 00:00-24:00 is all day"),
        (None, "08:00-20:00", "not now, for the Mac does not tell"),
    ],
)
def test_in_use_hours_no_machine_is_restarted_and_it_is_said_when(
    clock: str | None, hours: str | None, words: str
) -> None:
    found = diagnose(at(clock, hours))
    (told,) = found.diagnoses
    assert (told.code, told.fix, found.cures) == ("KRUNKIT_MEMORY", False, ())
    assert f"({words}" in told.remedy


@pytest.mark.parametrize("clock", ["2026-11-30T20:00:00", "2026-11-30T07:59:59", "2026-11-30T02:00:00"])
def test_outside_of_them_the_machine_is_stopped_and_started(clock: str) -> None:
    found = diagnose(at(clock, "08:00-20:00"))
    (told,), (cure,) = found.diagnoses, found.cures
    assert (told.code, told.fix, cure.address) == ("KRUNKIT_MEMORY", True, "health.memory")
    assert [command.says for command in cure.commands] == ["stop the machine carbon", "start the machine carbon"]
    assert cure.at_stake == ("everything that runs in the machine carbon is stopped for a while",)


def test_within_its_budget_nothing_is_restarted() -> None:
    one = at("2026-11-30T02:00:00", "08:00-20:00")
    one.__dict__["doctor"] = replace(one.doctor, rss=9 * 2**30)
    assert diagnose(one).cures == ()


def test_trust_that_goes_is_no_trust_that_lacks() -> None:
    """A tap that is left behind is trusted no more: nothing for a person to do, and part of what mends the old tap."""
    gone = Change("homebrew.trust.slp/krun", Action.DELETE, (), "", ())
    assert [each.code for each in diagnose(patient(findings=(gone,))).diagnoses] == ["NOT_AS_WISHED"]
    old = replace(BREW, taps={"slp/krun": TapSeen()})
    found = diagnose(patient(findings=(gone,), homebrew=old))
    assert ([each.code for each in found.diagnoses], found.cures) == (["OLD_TAP_IN_USE"], (gone,))


def test_two_changes_at_one_address_are_two_cures() -> None:
    """A stack's unit is written, and then the stack has to run by it: both at its address."""
    changes = tuple(Change("stack.a.b", action, (), "", ()) for action in (Action.CREATE, Action.RUN))
    found = diagnose(patient(machine=MachineSeen("carbon"), findings=changes))
    assert found.cures == changes


def test_a_command_whose_deadline_passed_says_nothing_of_krunkit() -> None:
    assert diagnose(patient(doctor=session(krunkit=Said(124, "")))).diagnoses == ()


def test_numbers_of_versions() -> None:
    assert [numbers(each) for each in ("1.3.2_1", "6.1", "0.10.4e-krunkit", "")] == [(1, 3, 2), (6, 1), (0, 10, 4), ()]


def test_nothing_that_data_hangs_on_is_a_cure() -> None:
    """A machine that was replaced is kept until its time is up or a person says so; then `apply` removes it."""
    changes = [
        Change(address, action, (), "", ())
        for address, action in (
            ("machine.carbon", Action.REPLACE),
            ("machine.replaced.20261130T000000Z", Action.DELETE),
            ("machine.carbon", Action.RUN),
            ("homebrew.tap.slp/krun", Action.DELETE),
        )
    ]
    assert [may_mend(change) for change in changes] == [False, False, True, True]


def test_each_check_is_whole() -> None:
    for check in CHECKS:
        assert all((check.about, check.cause, check.remedy)), check.code
        assert check.link == "" or check.link.startswith("https://"), check.code
        assert "LAB" in check.remedy or "--fix" not in check.remedy, check.code
        assert bool(check.heals) >= ("--fix" in check.remedy and check.code not in {"PODMAN_HANGS", "MACHINE_CLOSED"})
