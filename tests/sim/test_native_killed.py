"""Native stacks killed after any command, and in its midst: the next apply goes on, and the one after does nothing."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.native_lab import free_ports, lab_file, pid, shop
from tests.sim.runs import commands, fleet

pytestmark = [pytest.mark.sim, pytest.mark.native_walk]
KILLS = 9
"""One Mac each for a kill at the first, second … command."""


@pytest.mark.parametrize("when", ["after", "during"])
def test_killed_at_any_command_it_goes_on(tmp_path: Path, when: str) -> None:
    with SimulatedLab.up(macs=KILLS, vm="modelled", state=tmp_path / "lab") as lab:
        ports = free_ports(2 * KILLS)
        names = [mac.name for mac in lab.macs]
        stacks = {
            name: [shop(ports[2 * place]), {"name": "llama-server", "settings": {"port": ports[2 * place + 1]}}]
            for place, name in enumerate(names)
        }
        file = lab_file(lab, stacks)
        words = [f"{name}={place}" for place, name in enumerate(names, 1)]
        command = [sys.executable, "-m", "tests.sim.killed_many", file, when, *words]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=500, cwd=Path(__file__).parents[2])
        assert json.loads(ran.stdout) == dict.fromkeys(names, -9), ran.stderr
        fleet("apply", file, expect=0)
        report = fleet("apply", file, expect=0)
        assert commands(report) == []
        assert [one["changes"] for one in report["macs"]] == [[]] * KILLS
        for mac in lab.macs:
            assert pid(mac, "shop-web")
            processes = mac.ssh("ps -axo command=").stdout.splitlines()
            assert sum("bin/llama-server --" in line for line in processes) == 2, "none was left of the run that died"
