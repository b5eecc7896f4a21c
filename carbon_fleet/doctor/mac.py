"""The Mac itself: what the preflight refuses, and what of its state only the doctor asks."""

from collections.abc import Iterator

from carbon_fleet.doctor.check import DESKTOP, ISSUES, KRUNKIT, Check, Known
from carbon_fleet.doctor.patient import Patient

PRESSURE = {2: "warning", 4: "critical"}
"""kern.memorystatus_vm_pressure_level, as <dispatch/source.h> names its values; 1 is normal."""


def _untried(patient: Patient) -> Iterator[str]:
    if patient.preflight.chip.startswith("Apple A"):
        yield f"its chip is {patient.preflight.chip}"


def _pressure(patient: Patient) -> Iterator[str]:
    if (level := patient.doctor.pressure) in PRESSURE:
        yield f"macOS says its memory pressure is {PRESSURE[level]}"


CHECKS = (
    Check(
        code="CHIP_UNTRIED",
        about="this Mac's chip is one krunkit is not known to work on",
        cause="on Macs with an A-series chip starting a machine is reported to fail",
        remedy="use an M-series Mac; the thread says how it stands",
        look=_untried,
        row="18",
        link=f"{ISSUES}29382",
        note=True,
    ),
    Check(
        code="MEMORY_PRESSURE",
        about="macOS is short of memory",
        cause="a machine hardly gives memory back: what its containers used once stays krunkit's until it is restarted",
        remedy="lower `machine.memory` and apply, or restart the machine when nobody works in it",
        look=_pressure,
        row="19",
        link="https://github.com/libkrun/libkrun/issues/794",
    ),
)
NONE_YET = ("MACHINE_ABSENT", "MACHINE_STOPPED")
KNOWN = (
    Known("INSIDE_A_VM", "18", f"{DESKTOP}14772", NONE_YET),
    Known("NO_HYPERVISOR", "18", "", NONE_YET),
    Known("NOT_APPLE_SILICON", "18", "", NONE_YET),
    Known("NOT_A_MAC", "", "", ("*",)),
    Known("TOO_FEW_CPUS", "8", f"{ISSUES}23194", NONE_YET),
    Known("TOO_LITTLE_MEMORY", "19", f"{KRUNKIT}17", NONE_YET),
    Known("HOMEBREW_MISSING", "", "", ("KRUNKIT_*", "PODMAN_MISSING", "PODMAN_HANGS", *NONE_YET)),
)
