"""The Podman machine: of the right provider, not stuck, alone, reachable under its names."""

from collections.abc import Iterator

from carbon_fleet.doctor.check import DESKTOP, ISSUES, KRUNKIT, Check, Known
from carbon_fleet.doctor.patient import Patient
from operations import runtimes
from operations.machine.connections import names
from operations.machine.seen import State
from operations.machine.wish import MEMORY_MOST

CURES = ("machine.*",)
WITH_ALL = (*CURES, "guest.*", "image.*", "model.*", "secret.*", "stack.*")
"""A machine that is made anew, and what the lab file wishes in it."""
UNREAD = ("MACHINE_UNREADABLE", "GUEST_UNREADABLE", "IMAGE_UNREADABLE", "MODEL_UNREADABLE")
BLIND = (*UNREAD, "SECRET_UNREADABLE", "STACK_UNREADABLE", "MACHINE_CLOSED", "GUEST_STOPPED")
"""What follows where nobody comes into the machine."""
NO_GPU = ("GUEST_NO_GPU", "GPU_*")


def _absent(patient: Patient) -> Iterator[str]:
    seen = patient.machine
    if seen is not None and seen.config is None and seen.state is State.ABSENT:
        yield f"podman knows no machine {seen.name}"


def _stopped(patient: Patient) -> Iterator[str]:
    seen = patient.machine
    if seen is not None and seen.config is not None and seen.state is State.STOPPED:
        yield f"podman says the machine {seen.name} is stopped"


def _applehv(patient: Patient) -> Iterator[str]:
    config = patient.machine.config if patient.machine is not None else None
    if config and config.provider == "applehv" and runtimes.provider(patient.world.mac) != "applehv":
        inside = f"; /etc/podman-machine inside says {patient.guest.provider}" if patient.guest.provider else ""
        yield f"the file of the machine {patient.wish.name} lies in machine/applehv{inside}"


def _stuck(patient: Patient) -> Iterator[str]:
    seen = patient.machine
    if seen is not None and seen.config is not None and seen.config.starting and seen.hypervisor is None:
        yield f"the file of the machine {seen.name} says Starting, and no krunkit runs it"


def _hangs(patient: Patient) -> Iterator[str]:
    seen = patient.machine
    if seen is not None and seen.state is State.UNKNOWN and "deadline" in seen.failure and seen.hypervisor:
        yield f"`podman machine inspect` gave no answer within 8 s; krunkit runs (process {seen.hypervisor})"


def _cap(patient: Patient) -> Iterator[str]:
    seen = patient.machine
    if seen is not None and seen.config is not None and seen.config.memory_mib > MEMORY_MOST.mib:
        yield f"the machine {seen.name} has {seen.config.memory_mib} MiB; krunkit takes {MEMORY_MOST.mib} at most"


def _overmount(patient: Patient) -> Iterator[str]:
    seen = patient.machine
    for mount in seen.config.mounts if seen is not None and seen.config is not None else ():
        if mount.split(":")[1:2] == ["/etc/containers"]:
            yield f"the machine {patient.wish.name} mounts {mount}"


def _connection(patient: Patient) -> Iterator[str]:
    for change in patient.changes(*(f"machine.connection.{name}" for name in names(patient.wish.name))):
        before = {each.name: each.before for each in change.attributes}.get("uri")
        yield f"{change.address.rpartition('.')[2]}: {f'leads to {before}' if before else 'is not there'}"


def _default(patient: Patient) -> Iterator[str]:
    for change in patient.changes("machine.connection.default"):
        attribute = change.attributes[0]
        yield f"podman's default connection is {attribute.before or 'none'}, not {attribute.after}"


def _not_chosen(patient: Patient) -> Iterator[str]:
    if patient.changes("provider.drop-in"):
        yield "the drop-in that chooses the provider is not there, or says something else"


def _overruled(patient: Patient) -> Iterator[str]:
    chosen = [(value, path) for value, path in patient.doctor.conf if value.strip().lower()]
    wanted = runtimes.provider(patient.world.mac)
    if chosen and chosen[-1][0].strip().lower() != wanted and not patient.changes("provider.drop-in"):
        yield f'{chosen[-1][1]} says provider = "{chosen[-1][0]}", and is read last'


CHECKS = (
    Check(
        code="MACHINE_ABSENT",
        about="there is no Podman machine of the wished name",
        cause="nothing was applied to this Mac yet, or somebody has removed it",
        remedy="carbon-fleet doctor LAB --fix, or: carbon-fleet apply LAB",
        look=_absent,
        heals=WITH_ALL,
        hides=("PROVIDER_NOT_CHOSEN",),
    ),
    Check(
        code="MACHINE_STOPPED",
        about="the Podman machine is stopped",
        cause="somebody stopped it, or the Mac was started anew",
        remedy="carbon-fleet doctor LAB --fix, or: podman machine start {machine}",
        look=_stopped,
        heals=CURES,
    ),
    Check(
        code="MACHINE_APPLEHV",
        about="the machine was made with the provider applehv, which has no GPU",
        cause="podman until 5, and Homebrew's until today, choose applehv; the provider of a machine cannot be changed",
        remedy="carbon-fleet apply LAB --allow-replace MAC makes it anew, and says before what would be lost",
        look=_applehv,
        row="6",
        link=f"{DESKTOP}9860",
        hides=(*NO_GPU, "MACHINE_STOPPED", "MACHINE_ABSENT", "CONNECTION_*", "CONFIG_OVERMOUNT"),
    ),
    Check(
        code="PROVIDER_NOT_CHOSEN",
        about="no setting of ours chooses the machine's provider",
        cause="podman 5 then sees only applehv machines (`does not exist`), and Homebrew's podman 6 makes such ones",
        remedy="carbon-fleet doctor LAB --fix, or: carbon-fleet apply LAB --only provider",
        look=_not_chosen,
        row="7",
        heals=("provider.drop-in",),
        link=f"{DESKTOP}13651",
    ),
    Check(
        code="PROVIDER_OVERRULED",
        about="something overrules the drop-in that chooses the provider",
        cause="a variable of the session, or a file of settings that is read after ours, chooses another provider",
        remedy="take the line out of that file, or give the file a name that sorts before 50-carbon-fleet.conf",
        look=_overruled,
        row="overruled",
        link=f"{DESKTOP}10045",
    ),
    Check(
        code="MACHINE_STARTING_STUCK",
        about="the machine's file says Starting, and nothing starts it",
        cause="a start was killed: podman notes that it began, and only itself takes the note away",
        remedy="carbon-fleet doctor LAB --fix takes the note away and starts the machine",
        look=_stuck,
        row="8",
        heals=CURES,
        link=f"{ISSUES}26949",
        hides=("GVPROXY_ORPHAN", "MACHINE_STOPPED", "GVPROXY_PID_STALE"),
    ),
    Check(
        code="PODMAN_HANGS",
        about="podman machine gives no answer",
        cause="krunkit answers one caller at a time and is stuck with one; podman waits for it without end",
        remedy="end that krunkit (kill PID), then: carbon-fleet doctor LAB --fix",
        look=_hangs,
        row="hangs",
        link=f"{ISSUES}23194",
        hides=BLIND,
    ),
    Check(
        code="MACHINE_MEMORY_CAP",
        about="the machine has more memory than krunkit gives",
        cause="the GPU's window lies above 61440 MiB: krunkit refuses to start",
        remedy="carbon-fleet doctor LAB --fix gives it what the lab file says",
        look=_cap,
        row="19",
        heals=CURES,
        link=f"{KRUNKIT}17",
    ),
    Check(
        code="CONFIG_OVERMOUNT",
        about="the Mac's ~/.config/containers lies over the machine's /etc/containers",
        cause="podman 6 mounts it by default: it hides the image's policy and registries, and shows the Mac's "
        "files inside",
        remedy=(
            "name `machine.volumes` (the built-in list leaves it out) and make the machine anew: "
            "carbon-fleet apply LAB --allow-replace MAC"
        ),
        look=_overmount,
        row="overmount",
        covers=("machine.*",),
        link=f"{DESKTOP}17148",
        note=True,
    ),
    Check(
        code="CONNECTION_MISSING",
        about="a connection of the machine is missing or leads elsewhere",
        cause="somebody removed it, or podman moved the machine's port: podman 6 starts no machine without it",
        remedy="carbon-fleet doctor LAB --fix, or: podman system connection add …",
        look=_connection,
        row="connection",
        heals=("machine.connection.*",),
        hides=("CONNECTION_NOT_DEFAULT",),
    ),
    Check(
        code="CONNECTION_NOT_DEFAULT",
        about="podman without --connection means another machine or user",
        cause="`podman ps` then shows another set of containers, and a GPU that is there seems not to be",
        remedy="carbon-fleet doctor LAB --fix, or: podman system connection default NAME",
        look=_default,
        row="connection",
        heals=("machine.connection.default",),
        link=f"{DESKTOP}10045",
    ),
)
KNOWN = (
    Known("MACHINE_OTHER_RUNNING", "9", f"{ISSUES}26281", ("MACHINE_STOPPED", "GUEST_STOPPED")),
    Known("MACHINE_ENDPOINT_TAKEN", "endpoint", "", (*BLIND, "MACHINE_STOPPED", "GVPROXY_*")),
    Known("MACHINE_FOREIGN_FILE", "foreign file", "", (*BLIND, "MACHINE_STOPPED")),
    Known("MACHINE_FILE_BROKEN", "foreign file", "", BLIND),
    Known("MACHINE_CONFIGURATION_BROKEN", "containers.conf", "", BLIND),
    Known("MACHINE_CONNECTION_TAKEN", "connection"),
)
