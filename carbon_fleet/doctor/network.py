"""The way into the machine: gvproxy, its notes and sockets, ssh."""

from collections.abc import Iterator

from carbon_fleet.doctor.check import ISSUES, Check
from carbon_fleet.doctor.machine import BLIND
from carbon_fleet.doctor.patient import Patient, numbers
from operations.machine.seen import State

CURES = ("machine.*",)
HOLE = ((0, 4, 0), (0, 9, 0))
"""gvproxy from the first until before the second has CVE-2026-107935 (its record at cve.org; podman 5.8.9's notes)."""


def _orphan(patient: Patient) -> Iterator[str]:
    seen = patient.machine
    pid = seen.processes.gvproxies.get(seen.name) if seen is not None else None
    if seen is not None and pid is not None and seen.hypervisor is None and seen.state is not State.RUNNING:
        yield f"gvproxy runs for {seen.name} (process {pid}), and no krunkit does"


def _missing(patient: Patient) -> Iterator[str]:
    seen = patient.machine
    if seen is not None and seen.state is State.RUNNING and seen.name not in seen.processes.gvproxies:
        yield f"krunkit runs {seen.name} (process {seen.hypervisor}), and no gvproxy does"


def _closed(patient: Patient) -> Iterator[str]:
    if patient.closed and patient.machine is not None and patient.machine.state is State.RUNNING:
        yield f"podman says it runs; the way in failed: {patient.world.snapshot.guest_detail}"


def _emergency(patient: Patient) -> Iterator[str]:
    if patient.closed and patient.doctor.emergency:
        yield "the end of the machine's console speaks of emergency mode"


def _stale(patient: Patient) -> Iterator[str]:
    if patient.doctor.pid_file is not None and patient.doctor.pid_file[0] != "gvproxy":
        what, number, path = patient.doctor.pid_file
        yield f"{path} names process {number}, which is {'gone' if what == 'gone' else 'something else'}"


def _dangling(patient: Patient) -> Iterator[str]:
    if patient.doctor.docker_sock:
        yield f"/var/run/docker.sock leads to {patient.doctor.docker_sock}, which is not there"


def _split(patient: Patient) -> Iterator[str]:
    if patient.doctor.split:
        yield f"{', '.join(patient.doctor.split)}; the user's own folder is {patient.doctor.temp}podman"


def _hole(patient: Patient) -> Iterator[str]:
    said = patient.doctor.gvproxy
    if said is not None and said.status == 0 and HOLE[0] <= numbers(said.last) < HOLE[1]:
        yield f"{patient.doctor.gvproxy_path}: {said.last}"


CHECKS = (
    Check(
        code="GVPROXY_ORPHAN",
        about="gvproxy runs without its machine",
        cause="krunkit crashed: podman does not end gvproxy then, which keeps the ssh port, and the next "
        "start gets another",
        remedy="carbon-fleet doctor LAB --fix ends it and starts the machine",
        look=_orphan,
        row="15",
        heals=CURES,
        link=f"{ISSUES}29411",
        hides=("MACHINE_STOPPED", "GUEST_STOPPED"),
    ),
    Check(
        code="GVPROXY_MISSING",
        about="the machine runs without gvproxy, its network",
        cause="gvproxy was killed, or died as the machine restarted after its first boot: the machine has no "
        "way in or out",
        remedy="carbon-fleet doctor LAB --fix stops the machine and starts it again",
        look=_missing,
        row="15",
        heals=CURES,
        link=f"{ISSUES}28746",
        hides=(*BLIND, "GVPROXY_PID_STALE"),
    ),
    Check(
        code="MACHINE_CLOSED",
        about="the machine runs and cannot be entered",
        cause="its sshd does not answer, or gvproxy forwards nothing",
        remedy="podman machine stop {machine}, then carbon-fleet doctor LAB --fix; what runs in it is interrupted",
        look=_closed,
        row="15",
        link=f"{ISSUES}22053",
        hides=tuple(code for code in BLIND if code != "MACHINE_CLOSED"),
    ),
    Check(
        code="GUEST_EMERGENCY",
        about="the machine's system came up in emergency mode",
        cause="a file system or a unit it cannot boot without failed; podman says `started` all the same",
        remedy="read its console ($TMPDIR/podman/{machine}.log); often a machine made anew is the only way",
        look=_emergency,
        row="emergency",
        link=f"{ISSUES}28439",
        hides=BLIND,
    ),
    Check(
        code="GVPROXY_PID_STALE",
        about="gvproxy.pid names a process that is no gvproxy",
        cause="podman ends whatever process this file names, without a look at what it is, and fails when "
        "there is none",
        remedy="remove that file; carbon-fleet does so itself whenever it stops or starts the machine",
        look=_stale,
        row="16",
        link=f"{ISSUES}25103",
    ),
    Check(
        code="DOCKER_SOCK_DANGLING",
        about="/var/run/docker.sock leads nowhere",
        cause="podman-mac-helper, or Docker Desktop, left it: programs that speak to Docker fail, and starts complain",
        remedy="sudo rm /var/run/docker.sock",
        look=_dangling,
        row="16",
        link=f"{ISSUES}25105",
    ),
    Check(
        code="RUNTIME_SPLIT",
        about="the machine has sockets in two folders",
        cause="it was started once with another TMPDIR (ssh, sudo, launchd): podman stops and finds it only "
        "with the same",
        remedy="TMPDIR=/tmp podman machine stop {machine}; rm -rf /tmp/podman; then carbon-fleet apply LAB",
        look=_split,
        row="16",
        link=f"{ISSUES}25015",
    ),
    Check(
        code="GVPROXY_VULNERABLE",
        about="what runs in the machine can delete files of the Mac: CVE-2026-107935",
        cause="gvproxy until 0.9.0 removes, without asking who calls, whatever file it is told to make a socket at",
        remedy="brew upgrade podman, and once its gvproxy is 0.9.0 restart the machine; until then run nothing in "
        "it that you do not trust",
        look=_hole,
        row="CVE",
        link="https://www.cve.org/CVERecord?id=CVE-2026-107935",
        note=True,
    ),
)
