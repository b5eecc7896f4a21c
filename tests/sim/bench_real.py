"""What `bench` must tell of a real VM and of a Linux host: real podman, our image's real llama-bench, a tiny model."""

from pathlib import Path
from typing import Any

from benchmarks.llama_lab import tiny_model
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.linux_host import SimulatedLinuxHost
from tests.sim.runs import fleet, guest

SECONDS = 20


def measures_what_is_there(lab: SimulatedLab, file: str, folder: Path) -> None:
    """The CPU has figures; Venus has some where memory can be mapped, else it is told to hang, and nothing is left."""
    model, sha256 = tiny_model(folder)
    words = ["--model", model, "--sha256", sha256, "--repeats", "2", "--seconds", str(SECONDS)]
    (mac,) = fleet("bench", file, *words, timeout=300)["macs"]
    assert "carbon-fleet-bench" not in guest(lab, "mac-01", "podman ps --all --format '{{.Names}}'").stdout
    measured = mac["measured"]["bench"]
    cpu = measured["paths"]["cpu"]
    assert (cpu["runs"], cpu["device"]) == (2, "")
    assert min(cpu["prompt"]["low"], cpu["generation"]["low"]) > 0
    assert "modelled" not in cpu["build"]
    _venus(mac, measured)


def _venus(mac: dict[str, Any], measured: dict[str, Any]) -> None:
    if Path("/dev/udmabuf").exists():
        assert measured["paths"]["venus"]["device"].startswith("Virtio-GPU Venus (llvmpipe")
        return
    assert [(failure["address"], failure["code"]) for failure in mac["failures"]] == [("bench.venus", "BENCH_HUNG")]
    (hung,) = [run for run in measured["runs"] if run["path"] == "venus"]
    assert SECONDS <= hung["seconds"] < 3 * SECONDS


def measures_a_host(lab: SimulatedLab, file: str, name: str, folder: Path) -> None:
    """CPU and Vulkan have figures, the latter on what CDI brings; a CPU counts only where the lab accepts one."""
    model, sha256 = tiny_model(folder)
    words = [name, "--model", model, "--sha256", sha256, "--repeats", "2", "--seconds", "600"]
    words += ["--prompt", "16", "--generate", "8"]
    (host,) = fleet("bench", file, *words, expect=0, timeout=1500)["macs"]
    measured = host["measured"]["bench"]
    assert sorted(measured["paths"]) == ["cpu", "vulkan"]
    assert measured["paths"]["cpu"]["device"] == ""
    assert measured["paths"]["vulkan"]["device"].startswith("llvmpipe (")
    assert min(each[phase]["low"] for each in measured["paths"].values() for phase in ("prompt", "generation")) > 0
    assert set(measured["ratios"]) == {"vulkan_over_cpu"}
    assert (measured["software"], measured["chip"], measured["gpu_path"]) == (True, "NVIDIA L4", None)
    assert [heat["throttled"] for heat in measured["thermal"]] == [False] * 4
    lab.linux[0].tells(SLOWDOWN="Active")
    _counts_only_where_accepted(lab.linux[0], file, words)
    lab.linux[0].tells(SLOWDOWN="Not Active")


def _counts_only_where_accepted(host: SimulatedLinuxHost, file: str, words: list[str]) -> None:
    strict = Path(file).with_name("lab-without-software.yml")
    strict.write_text(Path(file).read_text().replace("accept_software_gpu: true", "accept_software_gpu: false"))
    (found,) = fleet("bench", str(strict), *words, "--repeats", "1", expect=100, timeout=1500)["macs"]
    assert [(each["address"], each["code"]) for each in found["failures"]] == [("bench.vulkan", "BENCH_NOT_THIS_PATH")]
    assert "llvmpipe" in found["failures"][0]["what"]
    assert sorted(found["measured"]["bench"]["paths"]) == ["cpu"]
    assert {heat["throttled"] for heat in found["measured"]["bench"]["thermal"]} == {True}
    assert host.ssh("podman ps --all --format '{{.Names}}' | grep bench", user="root").stdout == ""
