"""`carbon-fleet evidence` on a modelled Mac: killed between steps, gone on with, and what is sent back."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.sim.lab import SimulatedLab

pytestmark = [pytest.mark.sim]
MAC = "mac-01"
STEPS = ["probe", "apply", "apply-again", "verify", "drift", "prove", "matrix"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("evidence")) as running:
        yield running


def start(lab: SimulatedLab, folder: Path, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "carbon_fleet", "evidence", str(lab.file), MAC, "-o", str(folder / "out.json")]
    env = {**os.environ, "CARBON_STATE": str(folder / "state")}
    return subprocess.Popen([*command, *more], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)


def state(folder: Path) -> dict[str, Any]:
    found = list((folder / "state").glob("evidence/*/*.json"))
    document: dict[str, Any] = json.loads(found[0].read_text()) if found else {"steps": [], "starts": {}}
    return document


def wait_for(folder: Path, begun: str) -> None:
    until = time.monotonic() + 120
    while begun not in state(folder)["starts"]:
        assert time.monotonic() < until, f"{begun} never began"
        time.sleep(0.1)


def test_killed_and_gone_on_with_it_is_whole(lab: SimulatedLab, tmp_path: Path) -> None:
    first = start(lab, tmp_path)
    wait_for(tmp_path, "apply-again")
    first.kill()
    first.communicate(timeout=30)
    kept = {step["name"]: step for step in state(tmp_path)["steps"]}
    assert list(kept)[:2] == ["probe", "apply"]
    assert not (tmp_path / "out.json").exists()

    second = start(lab, tmp_path)
    wait_for(tmp_path, "drift")
    second.send_signal(signal.SIGINT)
    said = second.communicate(timeout=60)[1]
    assert second.returncode == 130, said
    assert "goes on with the step that was cut off" in said

    third = start(lab, tmp_path)
    out, said = third.communicate(timeout=300)
    assert third.returncode == 0, said
    document = json.loads((tmp_path / "out.json").read_text())
    _is_evidence(document, kept)
    assert "simulated, 7 steps" in out
    assert stat.S_IMODE((tmp_path / "out.json").stat().st_mode) == 0o600
    _names_nobody((tmp_path / "out.json").read_text(), lab)

    fourth = start(lab, tmp_path)
    assert "every step was run before" in fourth.communicate(timeout=60)[1]
    again = json.loads((tmp_path / "out.json").read_text())
    assert again["steps"] == document["steps"], "nothing was run anew"


def _is_evidence(document: dict[str, Any], kept: dict[str, Any]) -> None:
    steps = {step["name"]: step for step in document["steps"]}
    assert list(steps) == STEPS
    assert all(step["ok"] for step in steps.values()), {name: step["result"] for name, step in steps.items()}
    assert document["ok"]
    assert (document["tier"], document["kind"]) == ("simulated", "evidence")
    for name in ("probe", "apply"):
        assert steps[name]["started"] == kept[name]["started"], "what was done is not repeated"
    assert steps["drift"]["starts"] == 2
    assert any(line.startswith("%section") for line in steps["probe"]["text"])
    assert "0 changes · 0 commands · 1 looks" in steps["apply-again"]["result"]
    assert steps["prove"]["report"]["macs"][0]["measured"]["prove"]["modelled"] is True


def _names_nobody(text: str, lab: SimulatedLab) -> None:
    assert MAC not in text
    assert str(lab.file) not in text
    assert "/Users/lab" not in text
    assert "<user>" in text
    assert "PRIVATE KEY" not in text


def test_two_at_a_time_is_one_too_many(lab: SimulatedLab, tmp_path: Path) -> None:
    first = start(lab, tmp_path)
    wait_for(tmp_path, "probe")
    second = start(lab, tmp_path)
    said = second.communicate(timeout=60)[1]
    assert (second.returncode, "another `carbon-fleet evidence` runs" in said) == (1, True)
    first.kill()
    first.communicate(timeout=30)


def test_a_mac_that_is_gone_is_evidence_too(tmp_path: Path) -> None:
    lab_file = tmp_path / "lab.yml"
    lab_file.write_text(
        "lab: nowhere\ndefaults: {user: lab, stacks: [vulkan-check]}\nmacs:\n  gone: {host: 127.0.1.250, port: 9}\n"
    )
    env = {**os.environ, "CARBON_STATE": str(tmp_path / "state")}
    command = [sys.executable, "-m", "carbon_fleet", "evidence", str(lab_file), "gone", "-o", str(tmp_path / "o.json")]
    ran = subprocess.run(command, capture_output=True, text=True, env=env, timeout=300)
    assert ran.returncode == 4, ran.stderr
    document = json.loads((tmp_path / "o.json").read_text())
    assert [step["name"] for step in document["steps"]] == STEPS
    assert not any(step["ok"] for step in document["steps"])
    assert document["tier"] == "unproven"
    assert "not ok: probe, apply" in ran.stderr
