"""The main job, for real: a simulated Mac whose VM has real systemd, podman, image builds and our own driver."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.llama_lab import built_in_place
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.ports import free_port
from tests.browser import Browser
from tests.sim import venus_bases
from tests.sim.bench_real import measures_what_is_there
from tests.sim.llama_real import serves_what_the_device_computes
from tests.sim.notebook_real import computes_in_a_notebook
from tests.sim.plain_bases import BASES, Base, absent
from tests.sim.published_real import published_at, said
from tests.sim.runs import attributes, commands, fleet, guest

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="real", state=tmp_path_factory.mktemp("lab")) as running:
        fleet("apply", str(running.file), expect=0, timeout=1500)
        yield running


def test_a_second_run_is_empty(lab: SimulatedLab) -> None:
    report = fleet("apply", str(lab.file), expect=0)
    assert commands(report) == []
    assert report["macs"][0]["execs"] == 1


def test_verify_passes_and_says_what_computed(lab: SimulatedLab) -> None:
    report = fleet("verify", str(lab.file), expect=0)
    (mac,) = report["macs"]
    assert mac["outcome"] == "verified"
    assert "Virtio-GPU Venus (llvmpipe" in mac["gpu"]
    assert "GPU_SOFTWARE" in {notice["code"] for notice in mac["notices"]}


def test_the_gpu_is_measured_and_becomes_the_baseline(
    lab: SimulatedLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARBON_STATE", str(tmp_path))
    (mac,) = fleet("prove", str(lab.file), expect=0)["macs"]
    measured = mac["measured"]["prove"]
    assert (measured["software"], measured["modelled"], mac["execs"]) == (True, False, 2)
    assert measured["jobs"]["ok"] == measured["jobs"]["all"] >= 11
    assert "+16k" in measured["versions"]["Mesa"]
    assert [path.name for path in (tmp_path / "baselines").rglob("*.json")] == ["mac-01.json"]


def test_our_own_driver_enumerates_and_lavapipe_is_said_to_compute(lab: SimulatedLab) -> None:
    ran = guest(lab, "mac-01", "podman exec vulkan-check vulkan-check once --json")
    found = json.loads(ran.stdout)
    assert found["venus"]["driver"]["id"] == "MESA_VENUS"
    assert "+16k" in found["venus"]["driver"]["info"], "the driver must be the one our image built"
    assert found["compute"]["ok"] is True
    assert found["compute"]["through"] in ("venus", "lavapipe")
    assert found["verdict"]["code"] == "software"


def test_a_lab_that_wants_a_real_gpu_is_not_satisfied(lab: SimulatedLab) -> None:
    ran = guest(lab, "mac-01", "podman exec -e CARBON_ACCEPT=apple vulkan-check vulkan-check once --json")
    assert json.loads(ran.stdout)["verdict"]["accepted"] is False


@pytest.mark.parametrize(
    ("command", "address", "attribute"),
    [
        ("podman rmi -f $(podman images -q vulkan-check)", "image.vulkan-check", "tag"),
        ("systemctl stop carbon-fleet-vulkan-check-vulkan-check.service", "stack.vulkan-check.vulkan-check", "state"),
        ("rm /etc/containers/systemd/carbon-fleet-*.container", "stack.vulkan-check.vulkan-check", "content"),
    ],
)
def test_drift_in_the_real_vm_is_healed(lab: SimulatedLab, command: str, address: str, attribute: str) -> None:
    file = str(lab.file)
    assert guest(lab, "mac-01", command).returncode == 0
    assert (address, attribute) in attributes(fleet("drift", file, expect=2))
    fleet("apply", file, expect=0)
    assert commands(fleet("apply", file, expect=0)) == []


def test_the_probe_is_quick_in_every_section(lab: SimulatedLab) -> None:
    """Not a benchmark: a section that takes seconds has lost its deadline or forks per resource."""
    ran = subprocess.run(
        [sys.executable, "-m", "carbon_fleet", "probe", str(lab.file), "mac-01"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    spent = {line.split()[1]: int(line.split()[3]) for line in ran.stdout.splitlines() if line.startswith("%end")}
    assert set(spent) >= {"preflight", "homebrew", "provider", "machine", "guest", "image", "stack"}
    assert max(spent.values()) < 5000, spent


def test_what_is_published_is_reached_on_the_mac(lab: SimulatedLab) -> None:
    own, shared = free_port(), free_port()
    file = published_at(lab, own, shared)
    fleet("apply", file, expect=0)
    mac, host = lab.mac("mac-01"), lab.mac("mac-01").address.host
    assert said(mac, f"http://127.0.0.1:{own}/") == "hello"
    assert said(mac, f"http://{host}:{shared}/") == "hello"
    assert mac.ssh(f"curl -fsS -m 5 http://{host}:{own}/").returncode == 7, "the Mac's own is not the network's"
    assert commands(fleet("apply", file, expect=0)) == [], "what our own gvproxy has is ours"


@pytest.fixture(scope="module")
def based(lab: SimulatedLab) -> str:
    """The lab's file with a stack of plain base images that have a GPU, applied."""
    had = [base for base in BASES if not absent(base)]
    venus_bases.bring_job(lab)
    venus_bases.bring_in(lab, had)
    file = venus_bases.wish(lab, had)
    fleet("apply", file, expect=0)
    return file


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.name)
def test_a_plain_base_image_reaches_the_gpu_by_the_mounted_layer(lab: SimulatedLab, based: str, base: Base) -> None:
    if why := absent(base):
        pytest.skip(why)
    venus_bases.sees_the_mounted_driver(venus_bases.ask(lab, base, "devices"))
    if Path("/dev/udmabuf").exists():  # elsewhere no memory can be mapped; tests/sim/test_emulated_lab.py computes
        venus_bases.computes(venus_bases.ask(lab, base, "compute"))


def test_a_mounted_layer_is_converged_kept_and_healed(lab: SimulatedLab, based: str) -> None:
    assert commands(fleet("apply", based, expect=0)) == []
    inside = guest(lab, "mac-01", "podman exec bases-debian-12 printenv").stdout
    assert "VK_DRIVER_FILES=/opt/venus/virtio_icd.json" in inside
    assert "LIBGL_ALWAYS_SOFTWARE" not in inside, "the image sets it"
    # podman takes away an image that is mounted, and the container could not be started again.
    guest(
        lab, "mac-01", "podman rmi $(podman images -q carbon-fleet/venus); systemctl stop carbon-fleet-bases-debian-12"
    )
    found = attributes(fleet("drift", based, expect=2))
    assert found >= {("image.venus", "tag"), ("stack.bases.debian-12", "state")}
    fleet("apply", based, expect=0)
    assert commands(fleet("apply", based, expect=0)) == []


def test_llama_is_measured_in_the_real_vm(lab: SimulatedLab, tmp_path: Path) -> None:
    file = built_in_place(lab)
    fleet("apply", file, expect=0, timeout=900)
    measures_what_is_there(lab, file, tmp_path)


def test_llama_serves_what_the_device_computes(lab: SimulatedLab, tmp_path: Path) -> None:
    serves_what_the_device_computes(lab, built_in_place(lab), tmp_path)


def test_a_notebook_computes_in_a_browser(lab: SimulatedLab, browser: Browser) -> None:
    computes_in_a_notebook(lab, browser)
