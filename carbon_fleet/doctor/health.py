"""The health of a running machine: its clock, boots, disk and memory, by the limits of the lab file's `health`."""

from collections.abc import Iterator

from carbon_fleet.doctor.check import ISSUES, Check
from carbon_fleet.doctor.patient import Patient, gib
from carbon_fleet.plan import Action, Attribute, Change, guest

TRIM = "health.disk"
TRIM_SECONDS = 600


def _clock(patient: Patient) -> Iterator[str]:
    for change in patient.changes("guest.clock"):
        yield f"the machine's clock is {change.attributes[0].before} off the Mac's"


def _reboots(patient: Patient) -> Iterator[str]:
    boots, most = patient.inside.boots, patient.health.boots
    if boots is not None and boots > most:
        keys = patient.inside.reboot_keys or 0
        yield f"{boots} boots in 24 hours (health.boots: {most}), its reboot key was pressed {keys} times"


def slack(patient: Patient) -> int:
    """Bytes that the virtual disk takes of the Mac and nothing in it uses; 0 where that is not known."""
    used, allocated = patient.inside.used, patient.preflight.allocated
    return max(0, allocated - used) if used is not None else 0


def _untrimmed(patient: Patient) -> Iterator[str]:
    if slack(patient) > patient.health.disk_slack:
        used, allocated = patient.inside.used or 0, patient.preflight.allocated
        limit = patient.health.disk_slack
        yield f"the disk takes {gib(allocated)} of the Mac, {gib(used)} are used in it (health.disk_slack: {limit})"


def _memory(patient: Patient) -> Iterator[str]:
    rss, limit = patient.doctor.rss, patient.wish.memory + patient.health.memory_slack
    if rss is not None and rss > limit:
        slack = patient.health.memory_slack
        yield f"krunkit has {gib(rss)}; machine.memory is {patient.wish.memory} (health.memory_slack: {slack})"


def _degraded(patient: Patient) -> Iterator[str]:
    if patient.guest.system == "degraded":
        yield f"systemd says degraded: {', '.join(patient.inside.failed) or 'which units failed it did not tell'}"


def changes(patient: Patient) -> tuple[Change, ...]:
    """What mends the health of a running machine and is no resource's."""
    if not tuple(_untrimmed(patient)):
        return ()
    reason = "what was removed in the machine still takes room on the Mac: the disk gives it back when it is told"
    command = guest("fstrim", "-av", deadline=TRIM_SECONDS, says="give unused blocks back to the Mac")
    attribute = Attribute("unused", gib(slack(patient)), None)
    return (Change(TRIM, Action.RUN, (attribute,), reason, (command,)),)


CHECKS = (
    Check(
        code="CLOCK_OFF",
        about="the machine's clock is off",
        cause="the Mac slept: only podman 6 with krunkit 1.2 and a new machine image set the clock after it",
        remedy="carbon-fleet doctor LAB --fix, or in the machine: chronyc makestep",
        look=_clock,
        row="17",
        heals=("guest.clock",),
        link=f"{ISSUES}28431",
    ),
    Check(
        code="MACHINE_REBOOTS",
        about="the machine was booted more often than `health.boots` allows",
        cause="krunkit until 1.3.0 and port scans, a Mac that restarts, or somebody who restarts it",
        remedy="look when and why, in the machine: journalctl --list-boots; a new krunkit ends restarts by port scans",
        look=_reboots,
        row="10",
        link=f"{ISSUES}29084",
    ),
    Check(
        code="DISK_NOT_TRIMMED",
        about="the virtual disk takes more of the Mac than `health.disk_slack` allows",
        cause="a sparse disk grows by what is written and shrinks only when it is told what is unused",
        remedy="carbon-fleet doctor LAB --fix, or in the machine: sudo fstrim -av",
        look=_untrimmed,
        row="health",
        heals=(TRIM,),
        link="https://github.com/ddev/ddev/pull/8551",
        note=True,
    ),
    Check(
        code="KRUNKIT_MEMORY",
        about="krunkit takes more memory than `machine.memory` and `health.memory_slack`",
        cause="buffers of the GPU come on top of the machine's own memory, and freed ones are given back late",
        remedy="stop what uses the GPU most, or restart the machine when nobody works in it",
        look=_memory,
        row="19",
        link="https://github.com/libkrun/libkrun/issues/794",
        note=True,
    ),
    Check(
        code="GUEST_DEGRADED",
        about="units of the machine's own system failed",
        cause="systemd goes on without them; what they were for does not work",
        remedy="in the machine: systemctl --failed, then journalctl -u the unit",
        look=_degraded,
        row="emergency",
        link=f"{ISSUES}28439",
        note=True,
    ),
)
