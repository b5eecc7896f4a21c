"""From a container's wish to a program of the Mac: where it is, its words, its folders, how it is asked."""

from collections.abc import Iterator

from carbon_fleet import assets
from carbon_fleet.spec import Mac
from operations.homebrew.wish import Homebrew, short
from operations.model.wish import Models
from operations.render.launchd import PATH
from operations.render.workload import Check, Mount, Port, Secret, Workload
from operations.stack import mac_folders
from operations.stack.container import Container, Health
from operations.stack.natively import Native
from operations.stack.workload import ACCEPT, port

ENVIRONMENTS = "{home}/.local/share/carbon-fleet/environments"
"""Where the Mac has its environments, each in a folder of its name."""
MODELS = ".local/share/carbon-fleet/models"
"""Where models are that programs of the Mac read, below the login user's home, each by its sha256."""
_UNSAID = Health(command="true")
_CONNECT = "exit !IO::Socket::IP->new(PeerHost => shift, PeerPort => shift, Timeout => 5)"
_LISTENS = f"/usr/bin/perl -MIO::Socket::IP -e '{_CONNECT}'"


def home(mac: Mac) -> str:
    """The login user's home folder, as macOS has it."""
    return mac_folders.here("~/", mac).rstrip("/")


def workload(stack: str, name: str, container: Container, mac: Mac) -> Workload:
    """The program that does what the container `name` of a stack does. ValueError where nothing says which."""
    native = container.native
    if native is None:
        raise ValueError(name)
    ports = tuple(port(written, container) for written in container.ports)
    return Workload(
        stack,
        name,
        native.formula or native.environment or "",
        program=_program(native, mac),
        environment=_variables(native, container, mac),
        secrets=tuple(Secret(secret, target) for target, secret in sorted(container.secrets.items())),
        mounts=(*_mounts(container, mac),),
        folders=mac_folders.folders(container, mac),
        ports=ports,
        health=_check(native, container, ports),
        restart=container.restart,
        after=container.after,
    )


def programs(native: Native, mac: Mac) -> str:
    """The folder of the programs that its formula, or its environment, brings."""
    if native.formula is not None:
        # By the formula's own link: that leads to whatever version is installed, linked into bin or not.
        return f"{mac.section('homebrew', Homebrew).prefix}/opt/{short(native.formula)}/bin"
    return f"{ENVIRONMENTS}/{native.environment}/bin"


def texts(made: Workload) -> Iterator[str]:
    """All that may have places in it."""
    yield from made.program
    yield from made.environment.values()
    if made.health:
        yield from (made.health.command,) if isinstance(made.health.command, str) else made.health.command


def _program(native: Native, mac: Mac) -> tuple[str, ...]:
    if native.start is not None:
        return (*_script("start", native.start), *native.program)
    first, *rest = native.program
    return (first if first.startswith("/") else f"{programs(native, mac)}/{first}", *rest)


def _script(folder: str, name: str) -> tuple[str, ...]:
    """The text stands in the property list, so that another text is another job."""
    return ("/bin/sh", "-c", assets.text(f"native/{folder}/{name}.sh"), name)


def _variables(native: Native, container: Container, mac: Mac) -> dict[str, str]:
    prefix = mac.section("homebrew", Homebrew).prefix
    said = {"PATH": f"{programs(native, mac)}:{prefix}/bin:{prefix}/sbin:{PATH}", **container.environment}
    if container.gpu != "none":
        said[ACCEPT] = "software" if mac.accept_software_gpu else "apple"
    said |= {name: value or "" for name, value in native.variables.items()}
    return {name: value for name, value in said.items() if native.variables.get(name, "") is not None}


def _mounts(container: Container, mac: Mac) -> Iterator[Mount]:
    for volume in container.volumes:
        source, target, *options = mac_folders.here(volume, mac).split(":", 2)
        said = tuple(options[0].split(",")) if options else ()
        yield Mount(source, target, said, of_mac=volume.startswith("~/"))
    for model in container.models:
        wished = mac.section("models", Models).root.get(model)
        if wished is not None:
            yield Mount(f"{home(mac)}/{MODELS}/{wished.sha256}", f"/models/{model}", ("ro",), of_mac=True)


def _check(native: Native, container: Container, ports: tuple[Port, ...]) -> Check | None:
    """What its `native` says, else whether something listens on each of its ports."""
    command: str | tuple[str, ...] | None = native.health
    if native.check is not None:
        words = native.health if isinstance(native.health, tuple) else ()
        command = (*_script("check", native.check), *words)
    if command is None:
        inner = (port.inner for port in ports if port.kind == "tcp")
        command = " && ".join(f"{_LISTENS} {{near:{one}}} {{port:{one}}}" for one in inner) or None
    if command is None:
        return None
    times = container.health or _UNSAID
    seconds = (times.interval.seconds, times.timeout.seconds, times.retries, times.start_period.seconds)
    return Check(command, *seconds)
