"""Twelve hosts in one run: each runtime once, each state, one failing of each kind. One Linux host is real (root)."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.sim import engines, lima
from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.native_lab import WEIGHTS, free_ports
from tests.sim.runs import commands, fleet

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(900)]
LLAMA, GPU, COMPUTE = "llama-server", "carbon-gpu", "carbon-compute"
DRIFTED, UNREACHABLE, LINUX = "mac-02", "mac-03", "linux-01"
OUTCOMES = {
    "mac-01": "changed",
    DRIFTED: "changed",
    UNREACHABLE: "unreachable",
    "mac-04": "changed",
    "mac-05": "changed",
    "mac-06": "refused",
    "mac-07": "changed",
    "mac-08": "changed",
    "mac-09": "failed",
    "mac-10": "converged",
    "mac-11": "converged",
    LINUX: "changed",
}
CODES = {UNREACHABLE: ["UNREACHABLE"], "mac-06": ["DOCKER_TERMS"], "mac-09": ["COMMAND_FAILED"]}


def wishes() -> dict[str, dict[str, Any]]:
    """What each Mac has of its own. Ports of programs on the Macs themselves are this machine's."""
    ports = free_ports(2)
    natively = [[{"name": LLAMA, "settings": {"port": port}}] for port in ports]
    suite = [GPU, {"name": COMPUTE, "settings": {"jupyter-port": 8889}}]
    machine = {"memory": "6GiB", "disk": "100GiB"}
    return {
        "mac-01": {"stacks": [LLAMA, *suite], "machine": machine},
        "mac-04": {"runtime": "podman-applehv", "stacks": suite, "machine": machine},
        "mac-05": {"runtime": "docker", "stacks": suite},
        "mac-06": {"runtime": "docker", "stacks": suite},
        "mac-07": {"runtime": "apple-container", "stacks": suite},
        "mac-08": {"runtime": "native", "stacks": natively[0]},
        "mac-09": {"runtime": "native", "stacks": natively[1]},
        "mac-10": {"runtime": "lima", "stacks": []},
        "mac-11": {"runtime": "colima", "stacks": [], "lima": {"instance": "ai"}},
    }


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=11, linux=1, state=tmp_path_factory.mktemp("mixed")) as running:
        engines.accept_docker(running.mac("mac-05"))
        lima.add_lima(running.mac("mac-10"))
        lima.add_colima(running.mac("mac-11"), "ai")
        yield running


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> str:
    """The lab file; one Mac is what it says already but for its machine, which somebody stopped."""
    model = Path(lab.file).with_name("weights.gguf")
    model.write_bytes(WEIGHTS)
    document = yaml.safe_load(lab.file.read_text())
    document["defaults"]["models"] = {"tinyllama": {"url": str(model), "sha256": hashlib.sha256(WEIGHTS).hexdigest()}}
    for name, wished in wishes().items():
        document["macs"][name] |= wished
    path = Path(lab.file).with_name("mixed.yml")
    path.write_text(json.dumps(document, indent=1))
    fleet("apply", str(path), "--limit", DRIFTED, expect=0)
    assert lab.mac(DRIFTED).ssh("/opt/homebrew/bin/podman machine stop carbon").returncode == 0
    lab.mac(UNREACHABLE).break_("ssh-dead")
    lab.mac("mac-09").break_("llama-on-cpu")
    return str(path)


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {mac["mac"]: mac["outcome"] for mac in report["macs"]}


def codes(report: dict[str, Any]) -> dict[str, list[str]]:
    found = {mac["mac"]: [failure["code"] for failure in mac["failures"]] for mac in report["macs"]}
    return {mac: codes for mac, codes in found.items() if codes}


def test_twelve_hosts_of_every_runtime_in_one_run(file: str) -> None:
    report = fleet("apply", file, "--timeout", "120s")
    assert (outcomes(report), codes(report)) == (OUTCOMES, CODES), json.dumps(report["macs"])[-6000:]
    assert report["exit_code"] == 4


def test_what_went_well_has_nothing_left_to_do_and_what_failed_says_so_again(file: str) -> None:
    report = fleet("apply", file)
    well = {mac: "converged" if outcome == "changed" else outcome for mac, outcome in OUTCOMES.items()}
    assert (outcomes(report), codes(report)) == (well, CODES)
    ran = {mac["mac"]: mac["results"] for mac in report["macs"] if mac["results"]}
    assert set(ran) == {"mac-09"}, commands(report)
