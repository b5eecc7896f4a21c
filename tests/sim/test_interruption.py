"""Promise 2: apply killed (-9) at any command, then run again, ends in the same state as a clean run.

One Mac per command of a from-scratch run: each is killed at another one, then all are applied once more. By
default every third command is taken; each, and each in its midst, with `make test-migration`.
"""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import MORE, commands, fleet, lab_file
from tests.sim.state import end_state

pytestmark = [pytest.mark.sim, pytest.mark.timeout(1500)]
CLEAN = "mac-01"
MOST = 40
"""More than a from-scratch run has commands: the test says so when that is no longer true."""


def killed(file: str, when: str, macs: dict[str, int]) -> dict[str, int]:
    """How each Mac's run ended."""
    command = [sys.executable, "-m", "tests.sim.killed_many", file, when]
    line = [*command, *[f"{mac}={count}" for mac, count in macs.items()]]
    ran = subprocess.run(line, capture_output=True, text=True, timeout=1200)
    ended: dict[str, int] = json.loads(ran.stdout)
    assert ended.keys() == macs.keys(), ran.stderr[-2000:]
    return ended


EVERY = pytest.mark.migration


@pytest.fixture(
    scope="module",
    params=[("after", 3), pytest.param(("after", 1), marks=EVERY), pytest.param(("during", 1), marks=EVERY)],
    ids=["after-every-third", "after-each", "during-each"],
)
def when(request: pytest.FixtureRequest) -> tuple[str, int]:
    """The moment of the kill, and of how many commands one is taken."""
    moment, step = request.param
    return moment, step


@pytest.fixture(scope="module")
def lab(when: tuple[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=MOST // when[1] + 2, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


def test_every_interruption_converges_to_the_clean_state(lab: SimulatedLab, when: tuple[str, int]) -> None:
    moment, step = when
    file = lab_file(lab, **MORE)
    clean = fleet("apply", file, "--limit", CLEAN, expect=0)
    total = len(commands(clean))
    assert 10 < total < MOST, f"a from-scratch run has {total} commands"
    macs = {f"mac-{number:02}": count for number, count in enumerate(range(1, total + 1, step), start=2)}

    survivors = {mac: code for mac, code in killed(file, moment, macs).items() if code != -9}
    assert not survivors if moment == "after" else set(survivors.values()) <= {0}, survivors

    again = fleet("apply", file, "--parallel", "4", *[f"--limit={mac}" for mac in macs])
    wrong = {mac["mac"]: mac["failures"] for mac in again["macs"] if mac["outcome"] not in ("changed", "converged")}
    assert not wrong, wrong
    assert commands(fleet("apply", file, *[f"--limit={mac}" for mac in macs], expect=0)) == []
    wished = end_state(lab, file, CLEAN)
    for mac in macs:
        assert end_state(lab, file, mac) == wished, f"killed {moment} command {macs[mac]}"


def test_the_killed_left_nothing_running(lab: SimulatedLab) -> None:
    for mac in lab.macs:
        left = mac.ssh("ps -axww -o command= | grep -c '[p]erl -e' || true").stdout.strip()
        assert left == "0", f"{mac.name}: {left} commands of an ended run still run"
