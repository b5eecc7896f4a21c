"""`prove` on modelled Macs: first proof, comparison, regression, and every end that is no proof.

Nothing is computed here, and the model's figures say so of themselves. What is real is the way there and back.
"""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet import assets
from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from carbon_fleet.sim.ports import free_port
from tests.sim.runs import fleet, guest, lab_file

pytestmark = [pytest.mark.sim, pytest.mark.xdist_group("prove")]
LIBKRUN = "opt/homebrew/Cellar/libkrun"
LAB, ONE, TWO = "proved", "mac-01", "mac-02"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    """Two converged Macs whose proof may take five seconds, with baselines of their own."""
    with (
        pytest.MonkeyPatch.context() as patch,
        SimulatedLab.up(macs=2, state=tmp_path_factory.mktemp("labs"), name=LAB) as running,
    ):
        patch.setenv("CARBON_STATE", str(tmp_path_factory.mktemp("state")))
        fleet("apply", file_of(running), expect=0)
        yield running


@pytest.fixture(autouse=True)
def whole(lab: SimulatedLab) -> Iterator[None]:
    """Each test begins without baselines and without faults."""
    for path in Path(os.environ["CARBON_STATE"]).rglob("*.json"):
        path.unlink()
    yield
    for name in (ONE, TWO):
        lab.mac(name).mend()


@pytest.fixture
def mac(lab: SimulatedLab) -> SimulatedMac:
    return lab.mac(ONE)


def file_of(lab: SimulatedLab, **more: Any) -> str:
    """The lab's file with a deadline for the proof that a test can wait for."""
    check = yaml.safe_load(assets.text("stacks/vulkan-check.yml"))["containers"]["vulkan-check"]
    check["environment"]["CARBON_PROVE_SECONDS"] = "5"
    return lab_file(lab, stacks=[{"name": "vulkan-check", "containers": {"vulkan-check": check}}], **more)


def prove(lab: SimulatedLab, *words: str, expect: int) -> dict[str, Any]:
    return fleet("prove", file_of(lab), *words, expect=expect, timeout=120)


def one(report: dict[str, Any]) -> dict[str, Any]:
    """The only Mac of a Report."""
    (found,) = report["macs"]
    return dict(found)


def codes(mac: dict[str, Any]) -> list[str]:
    return [failure["code"] for failure in mac["failures"]]


def baseline(name: str = ONE) -> Path:
    return Path(os.environ["CARBON_STATE"]) / "baselines" / LAB / f"{name}.json"


def test_the_first_proof_is_kept_and_the_second_compared(lab: SimulatedLab) -> None:
    report = prove(lab, expect=0)
    for mac in report["macs"]:
        measured = mac["measured"]["prove"]
        assert (mac["outcome"], mac["execs"]) == ("verified", 2), "one look, one proof"
        assert (measured["chip"], measured["modelled"], measured["software"]) == ("Apple M4", True, True)
        assert (measured["jobs"], measured["baseline"]["state"]) == ({"ok": 11, "all": 11}, "first")
        assert [notice["code"] for notice in mac["notices"]] == ["GPU_SOFTWARE"]
        assert "modelled" in mac["notices"][0]["what"]
        assert {"macOS", "podman", "krunkit", "libkrun", "virglrenderer-krun", "molten-vk", "Mesa"} < set(
            measured["versions"]
        )
        assert measured["versions"]["libkrun"] == "1.19.4"
    kept = baseline()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    before = kept.read_bytes()
    again = prove(lab, expect=0)
    compared = [mac["measured"]["prove"]["baseline"] for mac in again["macs"]]
    assert [(one["state"], one["shares"]) for one in compared] == [("kept", {"bandwidth": 1.0, "compute": 1.0})] * 2
    assert kept.read_bytes() == before


def test_a_slower_gpu_is_drift_of_its_environment_that_names_what_moved(lab: SimulatedLab, mac: SimulatedMac) -> None:
    prove(lab, expect=0)
    before = baseline().read_bytes()
    mac.break_("gpu-slow")
    slow = one(prove(lab, ONE, expect=2))
    assert (slow["outcome"], codes(slow), slow["execs"]) == ("drifted", ["GPU_REGRESSED"], 3)
    assert "nothing that is tracked moved" in slow["failures"][0]["why"]
    keg = mac.root / LIBKRUN
    (keg / "1.19.4").rename(keg / "1.19.5")
    try:
        report = prove(lab, expect=2)
    finally:
        (keg / "1.19.5").rename(keg / "1.19.4")
    slow, other = report["macs"]
    assert (slow["failures"][0]["address"], codes(slow)) == ("environment.gpu", ["GPU_REGRESSED"])
    assert "libkrun 1.19.4 → 1.19.5" in slow["failures"][0]["why"]
    drift = slow["measured"]["prove"]["drift"]
    assert (drift["class"], drift["slower"]) == ("environment", {"bandwidth": 0.05, "compute": 0.05})
    assert drift["moved"] == {"libkrun": ["1.19.4", "1.19.5"]}
    assert (other["outcome"], other["measured"]["prove"]["drift"]) == ("verified", None)
    assert baseline().read_bytes() == before, "what is slower never becomes the baseline by itself"


def test_rebase_takes_what_is_measured_now(lab: SimulatedLab, mac: SimulatedMac) -> None:
    prove(lab, ONE, expect=0)
    mac.break_("gpu-slow")
    report = one(prove(lab, ONE, "--rebase", expect=0))
    assert report["measured"]["prove"]["baseline"]["state"] == "rebased"
    assert json.loads(baseline().read_text())["figures"]["compute_gflop_s"] == 1.0
    assert one(prove(lab, ONE, expect=0))["measured"]["prove"]["baseline"]["state"] == "kept"


def test_a_baseline_that_cannot_be_read_is_not_taken_for_none(lab: SimulatedLab) -> None:
    baseline().parent.mkdir(parents=True, exist_ok=True)
    baseline().write_text("not a baseline")
    report = one(prove(lab, ONE, expect=100))
    assert codes(report) == ["BASELINE_UNREADABLE"]
    assert str(baseline()) in report["failures"][0]["what"]
    assert baseline().read_text() == "not a baseline"
    assert one(prove(lab, ONE, "--rebase", expect=0))["measured"]["prove"]["baseline"]["state"] == "first"


@pytest.mark.parametrize(
    ("fault", "ends"),
    [
        ("gpu-wrong", ["GPU_WRONG_NUMBERS", "VERDICT_DISAGREES"]),
        ("gpu-garbage", ["PROOF_FOREIGN"]),
        ("gpu-hangs", ["PROOF_HUNG"]),
        ("no-venus", ["GPU_NO_VENUS"]),
    ],
)
def test_what_is_no_gpu_is_no_proof_and_no_baseline(
    lab: SimulatedLab, mac: SimulatedMac, fault: str, ends: list[str]
) -> None:
    mac.break_(fault)
    report = prove(lab, expect=100)
    broken, well = report["macs"]
    assert (broken["outcome"], codes(broken)) == ("verify failed", ends)
    assert not any("\x1b" in failure["what"] for failure in broken["failures"])
    assert broken["seconds"] < 60
    assert not baseline().exists()
    assert (well["outcome"], baseline(TWO).exists()) == ("verified", True)


def test_a_real_mac_s_lab_refuses_the_model(lab: SimulatedLab) -> None:
    strict = file_of(lab, accept_software_gpu=False)
    report = one(fleet("prove", strict, ONE, expect=100))
    assert codes(report)[0] == "GPU_SOFTWARE"
    assert not baseline().exists()


def test_what_is_not_there_is_said(lab: SimulatedLab) -> None:
    assert codes(one(fleet("prove", lab_file(lab, stacks=[]), ONE, expect=100))) == ["NO_PROOF_WISHED"]
    stop, start = (f"systemctl {verb} carbon-fleet-vulkan-check-vulkan-check.service" for verb in ("stop", "start"))
    assert guest(lab, ONE, stop).returncode == 0
    try:
        assert codes(one(prove(lab, ONE, expect=100))) in (["CONTAINER_ABSENT"], ["CONTAINER_STOPPED"])
    finally:
        assert guest(lab, ONE, start).returncode == 0
    assert one(prove(lab, ONE, expect=0))["outcome"] == "verified"


def test_a_mac_that_cannot_be_reached_stops_no_other(lab: SimulatedLab) -> None:
    path = Path(file_of(lab))
    document = yaml.safe_load(path.read_text())
    document["macs"][ONE]["port"] = free_port()
    path.write_text(yaml.safe_dump(document))
    report = fleet("prove", str(path), expect=5)
    assert [mac["outcome"] for mac in report["macs"]] == ["unreachable", "verified"]


def test_the_page_and_the_table(lab: SimulatedLab, mac: SimulatedMac, tmp_path: Path) -> None:
    prove(lab, expect=0)
    mac.break_("gpu-slow")
    page = tmp_path / "fleet.html"
    words = [sys.executable, "-m", "carbon_fleet", "prove", file_of(lab), "--html", str(page)]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 2, ran.stdout + ran.stderr
    assert "0.4 (0.05x)" in ran.stdout
    assert "measuring again" in ran.stderr
    text = page.read_text()
    assert text.count("<svg") == 2
    assert "GPU_REGRESSED" in text
    assert "Apple M4, modelled" in text
    assert "Standing out: mac-01" in text
    words[-1] = str(tmp_path / "nowhere" / "fleet.html")
    ran = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert (ran.returncode, ran.stdout) == (64, "")
    assert "there is no folder" in ran.stderr
