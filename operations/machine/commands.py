"""The commands that act on a Podman machine: podman's own documented verbs, in small scripts that clean up.

The provider is forced by the environment of every command: podman 5 finds a machine only under the provider it is told,
podman 6 makes a new one only under it. `podman machine reset` and `--log-level=debug` are never used.
"""

from functools import cache

from carbon_fleet import assets
from carbon_fleet.plan import Command, mac, shell
from carbon_fleet.spec import mirror as at
from operations.machine.wish import Machine

INIT_SECONDS = 3600
"""The machine's system is about a GiB to fetch."""
REMOVE_SECONDS = 300
CLEAR_SECONDS = 60
START_SLACK = 180
"""What cleaning up after a failed start may take."""
STOP_SLACK = 60


@cache
def script(name: str) -> str:
    """`files/machine/NAME.sh` with what all of them share, its title kept as first line, other comments dropped."""
    title, _, body = assets.text(f"machine/{name}.sh").partition("\n")
    lines = (assets.text("machine/lib.sh") + body).splitlines(keepends=True)
    return title + "\n" + "".join(line for line in lines if not line.lstrip().startswith("#"))


def run(name: str, arguments: tuple[str, ...], deadline: int, says: str, provider: str) -> Command:
    """The script `files/machine/NAME.sh` over `arguments`, of which the first is the machine's name."""
    return of_text(script(name), arguments, deadline, says, provider)


def of_text(text: str, arguments: tuple[str, ...], deadline: int, says: str, provider: str) -> Command:
    """The same of a script that is already put together."""
    machine, *more = arguments
    argv = shell(text, machine, provider, *more)
    return mac(*argv, deadline=deadline, env={"CONTAINERS_MACHINE_PROVIDER": provider}, says=says)


def create(wanted: Machine, mirror: str | None = None) -> Command:
    """`podman machine init` with every flag said: no default of podman's, nor of a containers.conf, is relied on.

    With a site mirror the machine's disk comes from there; the note has the image it is a disk of.
    """
    init = ("podman", "machine", "init", *_flags(wanted, mirror), wanted.name)
    says = f"make the machine {wanted.name}"
    return run("create", (wanted.name, wanted.image or "", *init), INIT_SECONDS, says, wanted.provider)


def _flags(wanted: Machine, mirror: str | None) -> tuple[str, ...]:
    flags = ["--cpus", str(wanted.cpus), "--memory", str(wanted.memory.mib), "--disk-size", str(wanted.disk.gib)]
    flags += [f"--rootful={str(wanted.rootful).lower()}"]
    for volume in wanted.volumes or ("",):
        flags += ["--volume", volume]
    if wanted.swap is not None:
        flags += ["--swap", str(wanted.swap.mib)]
    disk = at.machine_disk(wanted.image) if mirror else None
    if image := f"{mirror}{disk}" if disk else wanted.image:
        flags += ["--image", image]
    return tuple(flags)


def start(wanted: Machine) -> Command:
    """`podman machine start` under a deadline; what a failed one leaves is cleaned away and its console shown."""
    seconds = wanted.start_timeout.seconds
    argv = (wanted.name, str(seconds), "podman", "machine", "start", wanted.name)
    return run("start", argv, seconds + START_SLACK, f"start the machine {wanted.name}", wanted.provider)


def stop(wanted: Machine) -> Command:
    """`podman machine stop`, or the wait for a machine that is going down already."""
    seconds = wanted.stop_timeout.seconds
    argv = (wanted.name, str(seconds), "podman", "machine", "stop", wanted.name)
    return run("stop", argv, seconds + STOP_SLACK, f"stop the machine {wanted.name}", wanted.provider)


def change(wanted: Machine, flags: tuple[str, ...]) -> Command:
    """`podman machine set` with just the `flags` that differ: it refuses a disk size that is equal."""
    argv = ("podman", "machine", "set", *flags, wanted.name)
    return mac(*argv, env={"CONTAINERS_MACHINE_PROVIDER": wanted.provider}, says=f"change the machine {wanted.name}")


def remove(name: str, provider: str) -> Command:
    """`podman machine rm -f`: only ever in a replace Change, or where there is no disk."""
    argv = (name, "podman", "machine", "rm", "-f", name)
    return run("remove", argv, REMOVE_SECONDS, f"remove the machine {name}", provider)


def clear(name: str, provider: str) -> Command:
    """Removes the files of a machine that podman does not know."""
    return run("clear", (name,), CLEAR_SECONDS, f"clear away what is left of the machine {name}", provider)


def finish(name: str, provider: str) -> Command:
    """Completes carbon-fleet's own note about a machine that is whole."""
    return run("finish", (name,), CLEAR_SECONDS, f"note that the machine {name} is made", provider)


def connect(name: str, uri: str, identity: str) -> Command:
    """`podman system connection add`."""
    argv = ("podman", "system", "connection", "add", "--identity", identity, name, uri)
    return mac(*argv, says=f"add the connection {name}")


def disconnect(name: str) -> Command:
    """`podman system connection remove`."""
    return mac("podman", "system", "connection", "remove", name, says=f"remove the connection {name}")


def prefer(name: str) -> Command:
    """`podman system connection default`."""
    return mac("podman", "system", "connection", "default", name, says=f"make {name} the default connection")
