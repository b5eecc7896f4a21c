"""Who listens on the ports that a Mac's stacks want, before anything is started there.

`netstat -anv` tells of all sockets to everybody, lsof only of the caller's own. Its columns are network_cmds'
(`netstat.tproj/inet.c`, `main.c`): protocol (`tcp4`, `tcp46`, `udp6`), two queues, `ADDRESS.PORT` of both ends with `*`
for every address, for TCP a state; then figures that differ from version to version. Until macOS 15 the owner is in a
column `pid`, and ps names it; macOS 26 has `process:pid`, where the name may hold blanks and stands at the right of its
column.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

from carbon_fleet.plan import Finding, Refusal, World
from carbon_fleet.snapshot import Section, Unreadable
from carbon_fleet.spec import Mac
from operations import _moves as moves
from operations import runtimes
from operations.machine import Machine
from operations.machine.processes import processes
from operations.native.seen import NativeSeen
from operations.native.seen import read as read_native
from operations.stack.openings import Opening, openings
from operations.stack.wish import Stacks

BACKEND = "com.docke"
"""How the names of Docker Desktop's processes begin, as far as netstat says them."""
APPLE_HELPER = "container-runtim"
"""How that of the helper begins which listens for a container of Apple's `container` (`SocketForwarder`)."""
_NAMED = re.compile(r"(?:\d+\s+)+(.*?):(\d+)\s+[0-9a-f]{5}\b")
OF_MACOS: Mapping[int, str] = {
    22: "Remote Login",
    445: "File Sharing",
    3283: "Remote Management",
    5000: "AirPlay Receiver",
    5900: "Screen Sharing",
    7000: "AirPlay Receiver",
}
"""What macOS itself listens with, as System Settings call it."""


@dataclass(frozen=True)
class Listener:
    """A socket that waits on the Mac: protocol (`tcp`, `udp`), address (`*` is every one), port, and whose it is.

    `pid` is None and `name` empty where it was not said in a way known here.
    """

    kind: str
    address: str
    port: int
    pid: int | None = None
    name: str = ""


def wanted_ports(mac: Mac) -> tuple[Opening, ...]:
    """The openings of a Mac's stacks that are on."""
    wish = mac.sections.get("stacks")
    return tuple(each for each in openings(wish) if each.on) if isinstance(wish, Stacks) else ()


def asks(mac: Mac) -> Mapping[str, str]:
    """What the probe has to know: the protocols there is something to ask for, and the ports as `tcp/8888`."""
    ports = dict.fromkeys(f"{each.port.kind}/{each.port.outer}" for each in wanted_ports(mac))
    protocols = dict.fromkeys(port.partition("/")[0] for port in ports)
    return {"CF_PREFLIGHT_PROTOCOLS": " ".join(protocols), "CF_PREFLIGHT_PORTS": " ".join(ports)}


def read(section: Section) -> tuple[tuple[Listener, ...], frozenset[tuple[str, int]]]:
    """The listeners on wanted ports, and every port that is taken; both empty where nothing was asked."""
    programs = dict(_program(line) for line in section.all("program"))
    listeners: list[Listener] = []
    busy: set[tuple[str, int]] = set()
    for kind in ("tcp", "udp"):
        status = section.get(f"netstat_{kind}")
        if status is None:
            continue
        if status != "0":
            raise Unreadable(f"netstat -anv -p {kind}", int(status), "\n".join(section.err))
        columns = section.get(f"columns_{kind}") or ""
        lines = (line for line in section.all("listener") if line.startswith(kind))
        listeners += [_listener(kind, columns, line, programs) for line in lines]
        busy |= {(kind, int(port)) for port in (section.get(f"busy_{kind}") or "").split()}
    return tuple(listeners), frozenset(busy)


def _program(line: str) -> tuple[int | None, str]:
    """A line of `ps -o pid=,comm=`: on a Mac the program's whole path, which may hold blanks."""
    pid, _, path = line.strip().partition(" ")
    return (int(pid) if pid.isdecimal() else None), path.rpartition("/")[2].strip()


def _listener(kind: str, columns: str, line: str, programs: Mapping[int | None, str]) -> Listener:
    # Of a TCP socket the sixth word is its state; a UDP socket has none.
    words = line.split(None, 6 if kind == "tcp" else 5)
    address, _, port = words[3].rpartition(".")
    pid, name = _owner(columns, words[-1])
    return Listener(kind, address, int(port), pid, name or programs.get(pid, ""))


def _owner(columns: str, figures: str) -> tuple[int | None, str]:
    if named := _NAMED.match(figures):
        return int(named[2]), named[1].strip()
    with suppress(ValueError, IndexError):
        return int(figures.split()[columns.partition("(state)")[2].split().index("pid")]), ""
    return None, ""


def differences(listeners: tuple[Listener, ...], busy: frozenset[tuple[str, int]], world: World) -> Iterator[Finding]:
    """A Refusal for each wanted port that somebody else has; what the machine's own gvproxy has is ours."""
    if not listeners:
        return
    own = world.mac.section("machine", Machine).name
    gvproxies, native = _gvproxies(world), _native(world)
    wanted = wanted_ports(world.mac)
    taken = busy | {(each.port.kind, each.port.outer) for each in wanted}
    moving = moves.held(world)  # what has the ports of these is what they move from
    for opening in (each for each in wanted if each.stack.name not in moving):
        here = [each for each in listeners if _same_port(each, opening)]
        way_in = world.snapshot.hop is not None and opening.port.outer == world.snapshot.hop.port
        if any(each.pid == gvproxies.get(own, -1) for each in here) and not way_in:
            continue
        if runtimes.of_stack(opening.stack, world.mac) == runtimes.DOCKER:
            # Docker Desktop listens for its containers; it refuses by itself a port that another one of them has.
            here = [each for each in here if not each.name.startswith(BACKEND)]
        if runtimes.of_stack(opening.stack, world.mac) == runtimes.APPLE:
            # So does the helper process of each container of Apple's.
            here = [each for each in here if not each.name.startswith(APPLE_HELPER)]
        here = [each for each in here if each.pid not in native.processes]
        other = next((each for each in here if _overlap(each.address, opening)), None)
        if other is not None:
            machine = next((name for name, pid in gvproxies.items() if pid == other.pid), None)
            end = f"; or {_end(other, machine, native)}" if machine != own else ""
            yield _taken(opening, _whose(other, machine), f"{opening.elsewhere(taken)} in the lab file{end}")


def _gvproxies(world: World) -> Mapping[str, int]:
    """The Mac's gvproxy processes by machine; none where they cannot be seen, which the machine itself reports."""
    try:
        return processes(world.snapshot.section("machine")).gvproxies
    except Unreadable:
        return {}


def _native(world: World) -> NativeSeen:
    """What launchd runs for stacks, and Homebrew's services; nothing where that is not seen, or no stack runs so."""
    try:
        return read_native(world.snapshot.section("native")) if runtimes.native(world.mac) else NativeSeen()
    except Unreadable:
        return NativeSeen()


def _same_port(listener: Listener, opening: Opening) -> bool:
    return (listener.kind, listener.port) == (opening.port.kind, opening.port.outer)


def _overlap(address: str, opening: Opening) -> bool:
    """Whether both answer at one address. A wanted `127.0.0.1` meets a `*`: then chance decides who answers."""
    if address == "*" or opening.port.everywhere:
        return True
    with suppress(ValueError):
        return ip_address(address.partition("%")[0]) == ip_address(opening.port.host.strip("[]"))
    return False


def _taken(opening: Opening, whose: str, remedy: str) -> Refusal:
    port = opening.port
    return Refusal(
        f"preflight.port.{port.outer}",
        "PORT_TAKEN",
        f"port {port.outer}/{port.kind} of this Mac is taken by {whose}",
        f"{opening.owner} wants it, and would not start, or be reached by chance",
        remedy,
    )


def _whose(other: Listener, machine: str | None) -> str:
    if machine is not None:
        return f"the Podman machine `{machine}`"
    if other.pid is None:
        return "a program that netstat does not name"
    return f"{other.name} (process {other.pid})" if other.name else f"process {other.pid}"


def _end(other: Listener, machine: str | None, native: NativeSeen) -> str:
    service = OF_MACOS.get(other.port)
    formula = next((name for name, pid in native.services.items() if pid == other.pid), None)
    if formula is not None:
        return f"stop Homebrew's service of it, on the Mac: `brew services stop {formula}`"
    if machine is not None:
        return f"stop that machine: `podman machine stop {machine}`"
    if service is not None and other.name in ("", "launchd", "ControlCenter", "ARDAgent"):
        return f"switch off what macOS uses it for: {service}, in System Settings → General → Sharing or AirDrop"
    if other.pid is None:
        return f"look who it is, on the Mac: `sudo lsof -nP -i {other.kind}:{other.port}`"
    return f"end it, on the Mac: `ps -p {other.pid}` says what it is"
