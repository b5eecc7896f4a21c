"""A Linux host of a simulated lab: real systemd, sudo, podman and CDI; NVIDIA's programs and devices in appearance.

Its life from nothing to nothing is behind `make test-linux`: it takes minutes.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.linux_host import SimulatedLinuxHost
from tests.sim import bench_real
from tests.sim import vulkan_on_linux as vulkan
from tests.sim.runs import attributes, commands, fleet
from tests.sim.venus_bases import TOOL

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(900)]
NAME = "linux-01"
SPEC = "/etc/cdi/nvidia.yaml"
FIRST = [
    *("nvidia.cdi", "image.docker.io/library/debian:bookworm"),
    *("stack.cuda.cuda", "stack.systemd", "stack.cuda.cuda", "stack.cuda"),
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, linux=1, state=tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def host(lab: SimulatedLab) -> SimulatedLinuxHost:
    return lab.linux[0]


def root(host: SimulatedLinuxHost, command: str) -> str:
    done = host.ssh(command, user="root")
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def codes(report: dict[str, Any]) -> list[str]:
    return [failure["code"] for mac in report["macs"] for failure in mac["failures"]]


def changed(report: dict[str, Any]) -> list[str]:
    return [change["address"] for mac in report["macs"] for change in mac["changes"]]


def is_in_the_container(host: SimulatedLinuxHost) -> None:
    """What podman put there of the specification: nodes, by their numbers, the variable, the driver's library."""
    inside = "podman exec cuda"
    numbers = root(host, f"{inside} stat -c '%n %t:%T' /dev/nvidia0 /dev/nvidiactl /dev/nvidia-uvm").splitlines()
    assert numbers == ["/dev/nvidia0 c3:0", "/dev/nvidiactl c3:ff", "/dev/nvidia-uvm 1ff:0"]
    assert "NVIDIA_VISIBLE_DEVICES=void" in root(host, f"{inside} cat /proc/1/environ | tr '\\0' '\\n'").splitlines()
    driver = root(host, "nvidia-smi --query-gpu=driver_version --format=csv,noheader")
    assert root(host, f"{inside} ls /usr/lib/x86_64-linux-gnu/libcuda.so.{driver}")
    assert root(host, f"{inside} sh -c 'ls /dev/dri 2>/dev/null; true'") == ""


def test_from_nothing_to_a_container_with_the_gpu(lab: SimulatedLab, host: SimulatedLinuxHost) -> None:
    file = str(lab.file)
    assert changed(fleet("apply", file, "--limit", NAME, expect=0)) == FIRST
    is_in_the_container(host)
    assert commands(fleet("apply", file, "--limit", NAME, expect=0)) == [], "the second run finds nothing"
    host.tells(DRIVER="575.57.08")
    drifted = fleet("drift", file, "--limit", NAME, expect=2)
    (change,) = drifted["macs"][0]["changes"]
    assert (change["address"], change["cause"]) == ("nvidia.cdi", "environment")


def test_vulkan_computes_on_the_driver_that_the_specification_brings(
    lab: SimulatedLab, host: SimulatedLinuxHost
) -> None:
    """An image with nothing of Vulkan: loader and job are shown to it, manifest and driver are CDI's."""
    vulkan.bring_in(host)
    fleet("apply", vulkan.wish(lab, NAME, [vulkan.plain()]), "--limit", NAME, expect=0)
    found = vulkan.computed(host, "plain")
    assert (found["elements"], found["wrong"]) == (1 << 20, 0)
    assert found["device"].startswith("llvmpipe"), "it says what it is"
    manifests = root(host, "podman exec plain find / -xdev -path '*/vulkan/icd.d/*' 2>/dev/null || true")
    assert manifests == "/etc/vulkan/icd.d/nvidia_icd.json"
    without = f"podman run --rm --pull=never -v {TOOL}:/tool:ro {vulkan.PLAIN.reference} /tool/job devices 60"
    assert host.ssh(without, user="root").returncode != 0, "without the device there is nothing to compute on"


DRIFT = [
    (f"rm {SPEC}", {("nvidia.cdi", "driver")}),
    (f"sed -i 's/libcuda.so.[0-9.]*/libcuda.so.1.2.3/' {SPEC}", {("nvidia.cdi", "driver")}),
    ("systemctl stop carbon-fleet-cuda-cuda", {("stack.cuda.cuda", "state")}),
    ("rm /etc/containers/systemd/carbon-fleet-cuda-cuda.container", {("stack.cuda.cuda", "content")}),
    ("chmod 600 /etc/containers/systemd/carbon-fleet-cuda-cuda.container", {("stack.cuda.cuda", "mode")}),
]
REFUSED = [
    ({"TROUBLE": "mismatch"}, "NVIDIA_DRIVER_MISMATCH"),
    ({"TROUBLE": "not-loaded"}, "NVIDIA_DRIVER_NOT_LOADED"),
    ({"TROUBLE": "no-gpu"}, "NVIDIA_NO_GPU"),
]


@pytest.mark.linux_host
@pytest.mark.timeout(1800)
def test_the_model_server_computes_on_the_hosts_own_driver(
    lab: SimulatedLab, host: SimulatedLinuxHost, tmp_path: Path
) -> None:
    """The image of llama.cpp without the Venus layer; where a lab does not accept a CPU, it is unhealthy."""
    file = vulkan.server(lab, NAME, tmp_path)
    fleet("apply", file, "--limit", NAME, expect=0, timeout=1500)
    assert commands(fleet("apply", file, "--limit", NAME, expect=0)) == []
    assert root(host, "podman images --format '{{.Repository}}' | grep -c venus || true") == "0"
    assert root(host, "podman exec llama-server sh -c 'ls /opt 2>/dev/null; env | grep VK_ || true'") == ""
    health = root(host, "podman exec llama-server llama-health")
    assert health.startswith("healthy: computes on Vulkan0 (llvmpipe"), health
    for accepted, says in (("nvidia", "by the driver llvmpipe, not by NVIDIA's"), ("apple", "not the GPU of this Mac")):
        strict = host.ssh(f"podman exec -e CARBON_ACCEPT={accepted} llama-server llama-health", user="root")
        assert (strict.returncode, says in strict.stdout) == (1, True), strict.stdout
    answer = root(host, vulkan.completion(root(host, "cat ~core/.config/carbon-fleet/secrets/llama-api-key")))
    assert answer.startswith("HTTP/1.1 200"), answer
    assert '"completion_tokens":2' in answer
    bench_real.measures_a_host(lab, file, NAME, tmp_path)


@pytest.mark.linux_host
@pytest.mark.timeout(3600)
def test_python_computes_on_the_hosts_own_driver(lab: SimulatedLab, host: SimulatedLinuxHost) -> None:
    file = vulkan.notebook(lab, NAME)
    fleet("apply", file, "--limit", NAME, expect=0, timeout=3000)
    found = json.loads(root(host, vulkan.cell("carbon-gpu")))
    assert (found["elements"], found["wrong"]) == (1 << 20, 0)
    assert list(found["devices"]) == [found["device"]], "nothing but what the specification brings"
    assert commands(fleet("apply", file, "--limit", NAME, expect=0)) == []


@pytest.mark.linux_host
def test_its_whole_life(lab: SimulatedLab, host: SimulatedLinuxHost) -> None:
    file = str(lab.file)
    _together(file)
    _drifts(file, host)
    _refuses(file, host)
    _proves_nothing_it_cannot(file)
    _leaves(file, host)


def _together(file: str) -> None:
    """A Mac and a Linux host in one run, then verified by looking for themselves."""
    report = fleet("apply", file, expect=0)
    assert {mac["mac"]: mac["outcome"] for mac in report["macs"]} == {"mac-01": "changed", NAME: "changed"}
    assert commands(fleet("apply", file, expect=0)) == []
    verified = fleet("verify", file, expect=0)
    assert [notice["code"] for notice in verified["macs"][1]["notices"]] == ["CUDA_UNPROVEN", "SKIPPED"]
    assert verified["macs"][1]["tests"]["passed"] > 8
    assert verified["macs"][1]["tests"]["failed"] == 0
    kinds = [mac["kind"] for mac in fleet("drift", file, expect=0)["macs"]]
    assert kinds[1].startswith("NVIDIA L4, Debian GNU/Linux 13")


def _drifts(file: str, host: SimulatedLinuxHost) -> None:
    for breaks, found in DRIFT:
        root(host, breaks)
        assert found <= attributes(fleet("drift", file, "--limit", NAME, expect=2)), breaks
        fleet("apply", file, "--limit", NAME, expect=0)
        assert commands(fleet("apply", file, "--limit", NAME, expect=0)) == [], breaks
    root(host, "podman rm -f -t 0 cuda")  # systemd may have brought it back before anybody looks
    fleet("apply", file, "--limit", NAME, expect=0)
    is_in_the_container(host)


def _refuses(file: str, host: SimulatedLinuxHost) -> None:
    for facts, code in REFUSED:
        host.tells(**facts)
        assert codes(fleet("apply", file, "--limit", NAME, expect=3)) == [code]
        assert codes(fleet("bench", file, NAME, expect=3)) == [code]
    host.tells(TROUBLE="")
    root(host, "mv /etc/sudoers.d/core /root/core")
    assert codes(fleet("apply", file, "--limit", NAME, expect=3)) == ["SUDO_ASKS"]
    (looked,) = fleet("verify", file, "--limit", NAME, expect=100)["macs"]
    assert [failure["code"] for failure in looked["failures"]] == ["VERIFY_FAILED"], looked["failures"]
    assert looked["tests"]["failed"] == 1
    assert looked["tests"]["unknown"] > 3, "what only root can look at is not said to be right"
    root(host, "mv /root/core /etc/sudoers.d/core")


def _proves_nothing_it_cannot(file: str) -> None:
    assert codes(fleet("prove", file, NAME, expect=100)) == ["CUDA_NO_PYTHON"]
    (entry,) = fleet("matrix", file, NAME, expect=0)["macs"][0]["measured"]["matrix"]["runtimes"]
    assert (entry["runtime"], entry["verdict"], entry["computed"]) == ("linux-nvidia", "not measured", None)
    assert "python3" in entry["why"]
    assert codes(fleet("bench", file, NAME, expect=4)) == ["NO_BENCH_WISHED"]
    assert fleet("doctor", file, NAME, expect=0)["macs"][0]["diagnoses"] == []


def _leaves(file: str, host: SimulatedLinuxHost) -> None:
    fleet("destroy", file, NAME, "--yes", expect=0)
    ours = f"/etc/containers/systemd/carbon-fleet-* {SPEC} ~core/.local/state/carbon-fleet ~core/.config/carbon-fleet"
    assert root(host, f"ls -d {ours} 2>/dev/null; podman ps -aq") == ""
    assert fleet("verify", file, "--limit", NAME, "--tier", "gone", expect=0)["macs"][0]["tests"]["failed"] == 0


@pytest.mark.linux_host
def test_killed_after_every_command_it_goes_on(lab: SimulatedLab, host: SimulatedLinuxHost) -> None:
    """Each run goes on from what is really there, and dies at its first command, until none is left."""
    file = str(lab.file)
    if root(host, "ls ~core/.local/state/carbon-fleet 2>/dev/null || true"):
        fleet("destroy", file, NAME, "--yes", expect=0)
    root(host, "podman image rm -f docker.io/library/debian:bookworm || true")
    line = [sys.executable, "-m", "tests.sim.killed_apply", file, NAME, "1", "after"]
    ends = [subprocess.run(line, capture_output=True, timeout=300).returncode for _ in range(len(FIRST) + 3)]
    assert ends.count(-9) >= len(FIRST), ends
    assert ends[-1] == 0
    assert commands(fleet("apply", file, "--limit", NAME, expect=0)) == []
    is_in_the_container(host)
    assert root(host, "pgrep -c -f '[p]erl -e' || true") == "0"
