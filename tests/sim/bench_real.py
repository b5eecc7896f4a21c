"""What `bench` must tell of a real VM: real podman, the real llama-bench of the project's own image, a tiny model."""

from pathlib import Path
from typing import Any

from benchmarks.llama_lab import tiny_model
from carbon_fleet.sim.lab import SimulatedLab
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
