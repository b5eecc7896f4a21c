"""A machine that runs by a krunkit of before a move is started anew; the plan says so before, in the same words."""

from dataclasses import replace

import pytest

from carbon_fleet.plan import Action, World
from carbon_fleet.plan.bound import id_of
from carbon_fleet.snapshot import Section, Snapshot
from carbon_fleet.spec import Mac
from operations import homebrew
from operations.homebrew import FormulaSeen, Homebrew, HomebrewSeen, Receipt, TapSeen
from operations.machine import Machine, differences
from operations.machine.krunkit import PARTS
from operations.machine.processes import processes
from operations.machine.seen import MachineSeen, Processes, State
from tests.unit.operations.machine_world import RUNNING, STOPPED, lines, pairs

POURED = 1_795_000_000
NEEDS = ("libkrun/krun/gvproxy", "libkrun/krun/libkrun", "libkrun/krun/libkrunfw", "libkrun/krun/virglrenderer-krun")


def brew(tap: str = "libkrun/krun", version: str = "1.3.2", poured: int = POURED) -> HomebrewSeen:
    def formula(name: str, of: str, at: str) -> FormulaSeen:
        return FormulaSeen({at: Receipt(of, True, NEEDS if name == "krunkit" else (), poured)}, at, at)

    parts = ("libkrun", "libkrunfw", "gvproxy", "virglrenderer-krun")
    formulae = {name: formula(name, tap, "1.0") for name in parts}
    formulae |= {name: formula(name, "homebrew/core", "6.1.1") for name in ("podman", "molten-vk", "libepoxy")}
    formulae["krunkit"] = formula("krunkit", tap, version)
    return HomebrewSeen(taps={"libkrun/krun": TapSeen()}, trusted=frozenset({"libkrun/krun"}), formulae=formulae)


def machine(began: int | None, program: str = "/opt/homebrew/bin/krunkit") -> MachineSeen:
    return replace(RUNNING, processes=Processes({"carbon": 1}, {"carbon": 2}, {"carbon": (program, began)}))


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def changes(seen: MachineSeen, there: HomebrewSeen):  # type: ignore[no-untyped-def]
        resource = replace(homebrew.RESOURCE, read=lambda section: there)
        monkeypatch.setattr(homebrew, "RESOURCE", resource)
        mac = Mac("mac-01", user="lab", sections={"machine": Machine(), "homebrew": Homebrew()})
        snapshot = Snapshot("mac-01", {"homebrew": Section("homebrew")})
        return list(differences(Machine(), seen, World(mac, snapshot)))

    return changes


def test_what_began_before_the_krunkit_there_is_gets_a_stop_and_a_start(found) -> None:  # type: ignore[no-untyped-def]
    (change,) = found(machine(POURED - 60), brew())
    assert (change.address, change.action) == ("machine.carbon", Action.RUN)
    assert pairs(change) == [("krunkit", "the one it was started with", "the one installed")]
    assert [line.split()[0] for line in lines(change)] == ["stop.sh", "start.sh"]
    assert change.at_stake == ("everything that runs in the machine carbon is stopped for a while",)
    assert "keeps the krunkit it was started with" in change.reason


@pytest.mark.parametrize(
    ("seen", "there"),
    [
        (machine(POURED), brew()),
        (machine(POURED + 60), brew()),
        (machine(POURED - 1), brew()),
        (machine(None), brew()),
        (machine(1, "/opt/podman/bin/krunkit"), brew()),
        (replace(machine(1), state=State.STOPPED, processes=Processes()), brew()),
    ],
    ids=["the same second", "after", "a second before", "unknown", "another installation", "stopped"],
)
def test_no_other_is_started_anew_for_it(found, seen: MachineSeen, there: HomebrewSeen) -> None:  # type: ignore[no-untyped-def]
    assert not [change for change in found(seen, there) if "krunkit" in [one.name for one in change.attributes]]


@pytest.mark.parametrize("there", [brew("slp/krun", "1.3.1"), brew(version="1.3.1")], ids=["tap", "version"])
def test_the_plan_of_a_move_says_it_as_the_look_after_the_move_will(found, there: HomebrewSeen) -> None:  # type: ignore[no-untyped-def]
    (planned,) = found(machine(POURED + 60), there)
    (then,) = found(machine(POURED + 60), brew(poured=POURED + 600))
    assert id_of(planned) == id_of(then)


def test_a_link_that_is_mended_is_no_move(found) -> None:  # type: ignore[no-untyped-def]
    there = brew()
    unlinked = replace(there.formula("krunkit"), linked=None)
    assert found(machine(POURED + 60), replace(there, formulae={**there.formulae, "krunkit": unlinked})) == []


def test_the_stopped_machine_is_only_started(found) -> None:  # type: ignore[no-untyped-def]
    (change,) = found(STOPPED, brew("slp/krun", "1.3.1"))
    assert pairs(change) == [("state", "stopped", "running")]


@pytest.mark.parametrize(
    ("said", "began"), [("Mon Nov 30 04:53:09 2026", 1796014389), ("Tue Dec  1 00:00:00 2026", 1796083200), ("-", None)]
)
def test_when_a_process_began_is_read_as_ps_says_it(said: str, began: int | None) -> None:
    disk = "/Users/lab/.local/share/containers/podman/machine/libkrun/carbon-arm64.raw"
    facts = {
        "ps": ("read",),
        "data": ("/Users/lab/.local/share/containers/podman/machine",),
        "process": (f"16 /opt/homebrew/bin/krunkit --device virtio-blk,path={disk}",),
        "began": (f"16 {said}",),
    }
    assert processes(Section("machine", facts=facts)).krunkits == {"carbon": ("/opt/homebrew/bin/krunkit", began)}


def test_all_that_is_loaded_into_the_process_counts() -> None:
    assert {"krunkit", "libkrun", "virglrenderer-krun"} <= {*PARTS}
