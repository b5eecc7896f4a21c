"""Promise 2: apply killed (-9) at any command, then run again, ends in the same state as a clean run.

One Mac per command of a from-scratch run: Mac N is killed at its N-th command, then all are applied once more.
"""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import MORE, commands, fleet, lab_file
from tests.sim.state import end_state

pytestmark = [pytest.mark.sim, pytest.mark.timeout(1500)]
CLEAN = "mac-01"
MOST = 40
"""More Macs than a from-scratch run has commands: the test says so when that is no longer true."""


def killed(file: str, mac: str, count: int, when: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tests.sim.killed_apply", file, mac, str(count), when]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module", params=["after", "during"])
def when(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def lab(when: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=MOST, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


def test_every_interruption_converges_to_the_clean_state(lab: SimulatedLab, when: str) -> None:
    file = lab_file(lab, **MORE)
    clean = fleet("apply", file, "--limit", CLEAN, expect=0)
    total = len(commands(clean))
    assert 10 < total < MOST, f"a from-scratch run has {total} commands"
    macs = {f"mac-{count + 1:02}": count for count in range(1, total + 1)}

    with ThreadPoolExecutor(3) as pool:
        ran = list(pool.map(lambda item: killed(file, item[0], item[1], when), macs.items()))
    ended = {mac: run.returncode for mac, run in zip(macs, ran, strict=True)}
    survivors = {mac: code for mac, code in ended.items() if code != -9}
    assert not survivors if when == "after" else set(survivors.values()) <= {0}, survivors

    again = fleet("apply", file, "--parallel", "4", *[f"--limit={mac}" for mac in macs])
    wrong = {mac["mac"]: mac["failures"] for mac in again["macs"] if mac["outcome"] not in ("changed", "converged")}
    assert not wrong, wrong
    assert commands(fleet("apply", file, *[f"--limit={mac}" for mac in macs], expect=0)) == []
    wished = end_state(lab, file, CLEAN)
    for mac in macs:
        assert end_state(lab, file, mac) == wished, f"killed {when} command {macs[mac]}"


def test_the_killed_left_nothing_running(lab: SimulatedLab) -> None:
    for mac in lab.macs:
        left = mac.ssh("ps -axww -o command= | grep -c '[p]erl -e' || true").stdout.strip()
        assert left == "0", f"{mac.name}: {left} commands of an ended run still run"
