"""The health of a running machine: its clock, boots, disk and memory, by the limits of the lab file's `health`."""

from collections.abc import Iterator

from carbon_fleet.doctor.check import ISSUES, Check
from carbon_fleet.doctor.patient import Patient, gib
from carbon_fleet.plan import Action, Attribute, Change, guest
from carbon_fleet.spec.window import Window
from operations.machine import commands as podman
from operations.machine.seen import State
from operations.machine.stake import interrupted

TRIM, RESTART = "health.disk", "health.memory"
OWN = (TRIM, RESTART)
"""Addresses of what is the doctor's own and no resource's, in the order in which it is done."""
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


def restarts(patient: Patient) -> str:
    """When `--fix` may restart the machine, in words: `now`, from when on, or why never."""
    hours, wall = patient.health.use_hours, patient.doctor.wall
    if hours is None:
        return "never, for the lab file does not say when nobody works in it: health.use_hours"
    if wall is None:
        return "not now, for the Mac does not tell what its clock shows"
    window, zone = Window.of(hours), wall.tzinfo
    if not window.holds(wall):
        return "now"
    ends = window.closes(wall, lambda moment: moment.astimezone(zone))
    return f"from {ends:%Y-%m-%d %H:%M} by its clock on" if ends else f"never, for {hours} is all day"


def changes(patient: Patient) -> tuple[Change, ...]:
    """What mends the health of a running machine and is no resource's."""
    return (*_trim(patient), *_restart(patient))


def _restart(patient: Patient) -> Iterator[Change]:
    """The machine stopped and started, outside the hours in which people work in it."""
    seen = patient.machine
    if seen is None or seen.state is not State.RUNNING or restarts(patient) != "now" or not tuple(_memory(patient)):
        return
    reason = f"krunkit gives back what it took only when it ends, and {patient.health.use_hours} is not now"
    attribute = Attribute("krunkit", gib(patient.doctor.rss or 0), "started anew")
    commands = (podman.stop(patient.wish), podman.start(patient.wish))
    stake = interrupted(seen, patient.world)
    yield Change(RESTART, Action.RUN, (attribute,), reason, commands, stake)


def _trim(patient: Patient) -> tuple[Change, ...]:
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
        remedy="carbon-fleet doctor LAB --fix restarts the machine outside health.use_hours ({restarts}); or stop what "
        "uses the GPU most",
        look=_memory,
        row="19",
        heals=(RESTART,),
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
