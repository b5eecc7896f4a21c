"""An emulated Mac: the real podman machine client, a real virtio-gpu, and our driver computing through it."""

import json
import os
import re
import signal
from collections.abc import Iterator

import psutil
import pytest

from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.lifecycle import supervisor_pid
from tests.sim import venus_bases
from tests.sim.plain_bases import BASES, Base, absent
from tests.sim.runs import attributes, commands, fleet, guest, lab_file

pytestmark = [pytest.mark.emulated, pytest.mark.timeout(3600)]

MINUTES = 40 * 60
PODMAN = "CONTAINERS_MACHINE_PROVIDER=libkrun TMPDIR=$(getconf DARWIN_USER_TEMP_DIR) /opt/homebrew/bin/podman"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="emulated", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


def test_from_no_machine_to_a_healthy_stack(lab: SimulatedLab) -> None:
    report = fleet("apply", str(lab.file), expect=0, timeout=MINUTES)
    ran = " ".join(commands(report))
    assert "podman machine init" in ran
    assert "podman machine start carbon" in ran
    assert "docker.io/carbon/vulkan-check@sha256:" in ran
    assert "podman build" not in ran
    healthy = guest(lab, "mac-01", "podman inspect --format {{.State.Health.Status}} vulkan-check")
    assert healthy.stdout.strip() == "healthy"


def test_the_client_is_the_real_one_and_says_libkrun(lab: SimulatedLab) -> None:
    mac = lab.mac("mac-01")
    assert "Build Origin:  Debian" in mac.ssh(f"{PODMAN} --connection carbon-root version").stdout
    (machine,) = json.loads(mac.ssh(f"{PODMAN} machine inspect carbon").stdout)
    assert machine["State"] == "running"
    assert machine["ConfigDir"]["Path"].endswith("/machine/libkrun")
    (listed,) = json.loads(mac.ssh(f"{PODMAN} machine list --format json").stdout)
    assert listed["VMType"] == "libkrun"
    assert guest(lab, "mac-01", "cat /etc/podman-machine").stdout.strip() == "libkrun"


def test_the_gpu_is_a_virtio_device_with_venus(lab: SimulatedLab) -> None:
    said = guest(lab, "mac-01", "dmesg | grep drm").stdout
    assert "Initialized virtio_gpu" in said
    assert "+resource_blob" in said
    assert re.search(r"cap set \d: id 4,", said), "4 is Venus"


def test_a_second_run_is_empty(lab: SimulatedLab) -> None:
    report = fleet("apply", str(lab.file), expect=0)
    assert commands(report) == []
    assert report["macs"][0]["execs"] == 1


def test_numbers_are_computed_through_venus_by_our_own_driver(lab: SimulatedLab) -> None:
    found = json.loads(guest(lab, "mac-01", "podman exec vulkan-check vulkan-check once --json").stdout)
    assert found["compute"]["ok"] is True
    assert found["compute"]["through"] == "venus"
    assert found["venus"]["driver"]["id"] == "MESA_VENUS"
    assert "+16k" in found["venus"]["driver"]["info"], "the driver must be the one our image built"
    assert found["verdict"]["code"] == "software", "the host's device is lavapipe, and is called so"


@pytest.fixture(scope="module")
def based(lab: SimulatedLab) -> str:
    """The lab's file with a stack of plain base images that have a GPU, applied."""
    had = [base for base in BASES if not absent(base)]
    venus_bases.bring_job(lab)
    venus_bases.bring_in(lab, had, MINUTES)
    references = json.loads((lab.state.directory / "services" / "images.json").read_text())
    images = {name: {"pull": references[name], "pull_timeout": "30m"} for name in ("venus", "vulkan-check")}
    file = venus_bases.wish(lab, had, images=images)
    fleet("apply", file, expect=0, timeout=MINUTES)
    return file


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.name)
def test_a_plain_base_image_computes_by_the_mounted_layer(lab: SimulatedLab, based: str, base: Base) -> None:
    if why := absent(base):
        pytest.skip(why)
    found = venus_bases.ask(lab, base, "compute", 600)
    venus_bases.sees_the_mounted_driver(found)
    venus_bases.computes(found)


def test_verify_passes(lab: SimulatedLab) -> None:
    report = fleet("verify", str(lab.file), expect=0, timeout=MINUTES)
    (mac,) = report["macs"]
    assert mac["outcome"] == "verified"
    assert "Virtio-GPU Venus (llvmpipe" in mac["gpu"]


@pytest.mark.parametrize(
    ("command", "address", "attribute"),
    [
        ("podman untag $(podman images -q vulkan-check)", "image.vulkan-check", "tag"),
        ("systemctl stop carbon-fleet-vulkan-check-vulkan-check.service", "stack.vulkan-check.vulkan-check", "state"),
        ("rm /etc/containers/systemd/carbon-fleet-*.container", "stack.vulkan-check.vulkan-check", "content"),
    ],
)
def test_drift_in_the_machine_is_healed(lab: SimulatedLab, command: str, address: str, attribute: str) -> None:
    assert guest(lab, "mac-01", command).returncode == 0
    assert (address, attribute) in attributes(fleet("drift", str(lab.file), expect=2))
    fleet("apply", str(lab.file), expect=0, timeout=MINUTES)
    assert commands(fleet("apply", str(lab.file), expect=0)) == []


def test_another_memory_is_set_by_stop_set_and_start(lab: SimulatedLab) -> None:
    machine = {"name": "carbon", "cpus": 1, "memory": "2304MiB", "disk": "20GiB", "rootful": True, "volumes": []}
    wished = lab_file(
        lab, machine={**machine, "image": "/Users/Shared/podman-machine/disk.qcow2", "start_timeout": "10m"}
    )
    assert ("machine.carbon", "memory") in attributes(fleet("drift", wished, expect=2))
    fleet("apply", wished, expect=0, timeout=MINUTES)
    total = int(guest(lab, "mac-01", "awk '/MemTotal/ {print $2}' /proc/meminfo").stdout)
    assert 2304 * 1024 * 0.9 < total <= 2304 * 1024
    assert commands(fleet("apply", wished, expect=0)) == []


def test_a_crashed_hypervisor_is_started_again_and_gets_its_memory_back(lab: SimulatedLab) -> None:
    lab.mac("mac-01").break_("vm-killed")
    fleet("apply", str(lab.file), expect=0, timeout=MINUTES)
    assert commands(fleet("apply", str(lab.file), expect=0)) == []


def test_nothing_outlives_the_lab(lab: SimulatedLab) -> None:
    pid = supervisor_pid(lab.state)
    assert pid is not None
    started = [child for child in psutil.Process(pid).children(recursive=True) if child.is_running()]
    assert {"Xvfb", "gvproxy", "virgl_render_se"} <= {child.name()[:15] for child in started}
    os.kill(pid, signal.SIGKILL)
    assert psutil.wait_procs(started, timeout=15)[1] == []
