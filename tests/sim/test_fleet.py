"""Promise 8: one Mac's failure, hang or bad data never stops another's. Nine Macs, eight troubles, one run."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from carbon_fleet.sim.ports import free_port
from tests.sim.runs import commands, fleet

pytestmark = pytest.mark.sim
HEALTHY, DEAD, FROZEN, CHANGED, UNKNOWN, PINNED, WRONG, GARBAGE, HANGS = (f"mac-{n:02}" for n in range(1, 10))
ENDS = {
    DEAD: ("unreachable", "UNREACHABLE"),
    FROZEN: ("unreachable", "UNREACHABLE"),
    CHANGED: ("refused", "HOST_KEY_CHANGED"),
    UNKNOWN: ("refused", "HOST_KEY_UNKNOWN"),
    WRONG: ("refused", "HOST_KEY_CHANGED"),
    GARBAGE: ("refused", "MACHINE_UNREADABLE"),
    HANGS: ("refused", "MACHINE_UNREADABLE"),
}
NOT_ENTERED = (DEAD, FROZEN, CHANGED, UNKNOWN, WRONG)
LONGEST = 60
"""Seconds: a handshake may take 15, a probe's commands 20 each; nobody comes near the whole probe's 120."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=9, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


def public(mac: SimulatedMac) -> str:
    """The Mac's host key as a lab file pins it."""
    return " ".join((mac.shared / "host_key.pub").read_text().split()[:2])


@pytest.fixture(scope="module")
def file(lab: SimulatedLab, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The lab's file with Macs whose host keys are pinned, rightly or not, or known to nobody."""
    folder = tmp_path_factory.mktemp("wishes")
    (folder / "nobody").write_text("")
    document = yaml.safe_load(lab.file.read_text())
    document["macs"][UNKNOWN]["known_hosts"] = str(folder / "nobody")
    document["macs"][PINNED] |= {"host_key": public(lab.mac(PINNED)), "known_hosts": str(folder / "nobody")}
    document["macs"][WRONG]["host_key"] = public(lab.mac(HEALTHY))
    document["macs"][DEAD]["port"] = free_port()
    path = folder / "lab.yml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path)


@pytest.fixture(scope="module")
def broken(lab: SimulatedLab, file: str) -> Iterator[SimulatedLab]:
    """Two Macs are converged before their podman goes wrong; the others never were."""
    fleet("apply", file, f"--limit={GARBAGE},{HANGS}", expect=0)
    faults = {FROZEN: "ssh-dead", CHANGED: "host-key-changed"}
    faults |= {GARBAGE: "machine-inspect-garbage", HANGS: "machine-inspect-hangs"}
    for name, fault in faults.items():
        lab.mac(name).break_(fault)
    yield lab
    for name in faults:
        lab.mac(name).mend()


def calls(lab: SimulatedLab, name: str) -> list[str]:
    """Every call of a stand-in on that Mac: what a command or a probe really reached."""
    path = lab.mac(name).shared / "calls.jsonl"
    return path.read_text().splitlines() if path.exists() else []


def ends(report: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Mac → (outcome, code of its first failure)."""
    return {mac["mac"]: (mac["outcome"], (mac["failures"] or [{"code": ""}])[0]["code"]) for mac in report["macs"]}


def test_before_anything_was_broken_no_stranger_was_entered(lab: SimulatedLab, file: str) -> None:
    for name in (UNKNOWN, WRONG):
        assert calls(lab, name) == []


@pytest.mark.parametrize("verb", ["drift", "apply"])
def test_each_mac_ends_with_its_own_outcome_in_one_run(broken: SimulatedLab, file: str, verb: str) -> None:
    before = {name: calls(broken, name) for name in NOT_ENTERED}
    began = time.monotonic()
    report = fleet(verb, file, expect=5)
    spent = time.monotonic() - began
    seen = ends(report)
    assert {name: seen[name] for name in ENDS} == ENDS
    well = ("drifted", "") if verb == "drift" else ("changed", "")
    assert (seen[HEALTHY], seen[PINNED]) == (well, well)
    assert [mac["mac"] for mac in report["macs"]] == list(yaml.safe_load(Path(file).read_text())["macs"])
    assert spent < 2 * LONGEST
    assert max(mac["seconds"] for mac in report["macs"]) < LONGEST
    for mac in report["macs"]:
        for failure in mac["failures"]:
            assert failure["what"], mac
            assert failure["remedy"], mac
            assert "Traceback" not in json.dumps(failure)
    if verb == "apply":
        assert calls(broken, HEALTHY), "the journal of calls is where this test looks"
    for name in NOT_ENTERED:
        assert calls(broken, name) == before[name], f"{name}: a command reached a Mac that must not be entered"


def test_the_healthy_stay_converged_and_cost_one_look(broken: SimulatedLab, file: str) -> None:
    report = fleet("apply", file, f"--limit={HEALTHY},{PINNED}", expect=0)
    assert commands(report) == []
    assert [mac["execs"] for mac in report["macs"]] == [1, 1]


@pytest.mark.parametrize(
    ("names", "code"),
    [([HEALTHY], 0), ([HEALTHY, GARBAGE], 3), ([HEALTHY, CHANGED], 3), ([GARBAGE, DEAD], 5), ([HEALTHY, DEAD], 5)],
)
def test_the_exit_code_is_the_worst_of_the_lab(broken: SimulatedLab, file: str, names: list[str], code: int) -> None:
    fleet("apply", file, f"--limit={HEALTHY}", expect=0)
    fleet("drift", file, f"--limit={','.join(names)}", expect=code)


def test_a_command_that_fails_is_exit_4_and_named(broken: SimulatedLab, file: str, tmp_path: Path) -> None:
    document = yaml.safe_load(Path(file).read_text())
    document["macs"][HEALTHY]["homebrew"] = {"formulae": {"jq": {}}}
    wish = tmp_path / "more.yml"
    wish.write_text(yaml.safe_dump(document))
    assert fleet("drift", str(wish), f"--limit={HEALTHY}", expect=2)["macs"][0]["outcome"] == "drifted"
    broken.mac(HEALTHY).break_("brew-fails-once")
    report = fleet("apply", str(wish), f"--limit={HEALTHY},{PINNED}", expect=4)
    assert ends(report) == {HEALTHY: ("failed", "COMMAND_FAILED"), PINNED: ("converged", "")}
    (result,) = report["macs"][0]["results"]
    assert result["status"] != 0
    assert "brew" in result["command"]
    assert result["tail"]
