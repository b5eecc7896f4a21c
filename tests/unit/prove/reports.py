"""Reports of `prove` over Macs that do not exist: every figure here is invented."""

import random
from typing import Any

from carbon_fleet.prove.figures import Figures
from carbon_fleet.report.document import Failure, MacReport, Outcome, Report

CHIPS = {
    "Apple M1": (420, 58),
    "Apple M2": (610, 88),
    "Apple M4": (1120, 93),
    "Apple M4 Pro": (2260, 235),
    "Apple M3 Ultra": (5900, 690),
}
DRIFT = {"class": "environment", "code": "GPU_REGRESSED", "slower": {"compute": 0.5}, "bound": 0.75, "moved": {}}


def figures(compute: float, bandwidth: float) -> dict[str, Any]:
    return Figures(
        bandwidth_gb_s=bandwidth, bandwidth_ratio=1.3, compute_gflop_s=compute, compute_ratio=10.0, n=1024
    ).model_dump()


def baseline(before: dict[str, Any], state: str = "kept", share: float = 1.0) -> dict[str, Any]:
    shares = {"bandwidth": 1.0, "compute": share}
    return {
        "state": state,
        "measured_at": "2026-11-01T04:00:00+00:00",
        "figures": before,
        "shares": shares,
        "moved": {},
    }


def measured(chip: str, compute: float, bandwidth: float, share: float = 1.0) -> dict[str, Any]:
    now = figures(compute * share, bandwidth)
    return {
        "format_version": 1,
        "accepted": True,
        "software": False,
        "modelled": False,
        "chip": chip,
        "device": f"Virtio-GPU Venus ({chip})",
        "through": "venus",
        "jobs": {"ok": 11, "all": 11},
        "figures": now,
        "versions": {"libkrun": "1.19.4"},
        "baseline": baseline(figures(compute, bandwidth), share=share),
        "drift": {**DRIFT, "slower": {"compute": share}} if share < 0.75 else None,
        "proof": {},
    }


def good(name: str, chip: str = "Apple M4", compute: float = 1122.0, bandwidth: float = 93.1) -> MacReport:
    part = measured(chip, compute, bandwidth)
    return MacReport(name, Outcome.VERIFIED, 4.9, 2, gpu=part["device"], measured={"prove": part})


def slow(name: str, chip: str = "Apple M4", compute: float = 1122.0, bandwidth: float = 93.1) -> MacReport:
    part = measured(chip, compute, bandwidth, share=0.5)
    words = Failure(
        "environment.gpu", "GPU_REGRESSED", "compute fell from … to …, 50%", "moved: libkrun", "take it back"
    )
    return MacReport(name, Outcome.DRIFTED, 9.9, 3, failures=[words], measured={"prove": part})


def stopped(name: str) -> MacReport:
    words = Failure("gpu", "MACHINE_STOPPED", "the Podman machine is stopped", "no proof", "carbon-fleet apply LAB")
    known = {"format_version": 1, "accepted": False, "chip": "Apple M2"}
    return MacReport(name, Outcome.VERIFY_FAILED, 0.4, 1, failures=[words], measured={"prove": known})


def fleet_of(size: int) -> Report:
    """`size` Macs: five chips, a few that are slow or silent among many."""
    chance = random.Random(7)
    chips = list(CHIPS)
    macs = []
    for number in range(1, size + 1):
        chip = chips[number % len(chips)]
        compute, bandwidth = (value * chance.gauss(1.0, 0.03) for value in CHIPS[chip])
        name = f"mac-{number:02}"
        if number % 23 == 7:
            macs.append(stopped(name))
        else:
            macs.append((slow if number % 17 == 5 else good)(name, chip, compute, bandwidth))
    return Report("prove", "brisbane", "inventories/brisbane.yml", "2026-11-21T04:00:00+00:00", 21.4, 480, macs)
