"""What a Linux host has to be before its containers are: a known distribution, systemd, podman 5, room, and sudo.

Quadlet's keys are those since podman 5.0 (podman-systemd.unit(5)); CDI devices are podman's since 4.1. The secrets'
fingerprints, the lock and deadlines are perl, which Debian always has and Fedora may not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from carbon_fleet.plan import Finding, Refusal
from carbon_fleet.snapshot import Section, Unreadable
from carbon_fleet.spec import Mac, Size
from operations import distribution
from operations.distribution import Family, installing
from operations.preflight.sockets import Socket, sockets
from operations.stack.openings import openings
from operations.stack.wish import Stacks

ARCHITECTURES = ("x86_64", "aarch64")
PODMAN = 5
"""The oldest major version of podman whose Quadlet knows all keys of ours."""
PODMANS_OWN = ("conmon", "rootlessport")
"""Who listens for a published port on podman's behalf: whose container that is, podman itself tells."""
_DF = re.compile(r"\s[0-9]+\s+[0-9]+\s+(-?[0-9]+)\s+[0-9]+%")


@dataclass(frozen=True)
class LinuxSeen:
    """A Linux host: sizes in bytes, `podman` its version (empty: none), `sudo` why root cannot be had (empty: it can).

    `system` is what os-release calls itself, `sockets` are those that wait on ports of the wished protocols.
    """

    system: str
    family: Family | None
    arch: str
    systemd: bool
    podman: str
    perl: bool
    sudo: str
    memory: int
    cpus: int
    free: int
    uid: int
    user: str
    home: str
    sockets: tuple[Socket, ...] = field(default=())

    @property
    def busy(self) -> frozenset[tuple[str, int]]:
        """Every port somebody has, with its protocol."""
        return frozenset((each.kind, each.port) for each in self.sockets)


def read(section: Section) -> LinuxSeen:
    """Type what the `preflight` section says of a Linux host."""
    said = distribution.release(section.block("release").must().out)
    podman, perl = section.block("podman"), section.block("perl")
    sudo = section.blocks.get("sudo")
    kinds = [kind for kind in ("tcp", "udp") if f"listening_{kind}" in section.blocks]
    return LinuxSeen(
        said.get("PRETTY_NAME") or said.get("ID", "Linux"),
        distribution.family(said),
        section.need("arch"),
        section.need("systemd") == "yes",
        podman.text.strip().rpartition(" ")[2] if podman.status == 0 else "",
        perl.status == 0,
        "" if sudo is None or sudo.status == 0 else " ".join(sudo.err) or f"it ended with status {sudo.status}",
        section.need_int("memory") * 1024,
        section.need_int("cpus"),
        _free(section),
        section.need_int("uid"),
        section.block("user").must().text.strip(),
        section.need("home"),
        tuple(each for kind in kinds for each in sockets(kind, section.block(f"listening_{kind}"))),
    )


def _free(section: Section) -> int:
    block = section.block("free").must()
    match = _DF.search(block.text.rpartition("\n")[2])
    if match is None:
        raise Unreadable(f"free: df said {block.text!r}", block.status)
    return int(match[1]) * 1024


def other_system(system: str) -> Refusal:
    """What the lab file calls a Linux host, and is none."""
    what = f"this machine runs {system}, not Linux"
    why = "`runtime: linux-nvidia` is for a Linux host; nothing was changed here"
    return _refusal("system", "NOT_LINUX", what, why, "leave `runtime` out for a Mac")


def differences(seen: LinuxSeen, free_disk: Size, reserve: Size, mac: Mac) -> Iterator[Finding]:
    """What keeps this host from running its stacks, each with what its admin does about it."""
    yield from _system(seen)
    yield from _programs(seen)
    yield from _login(seen, mac)
    if seen.free < free_disk:
        what = f"{Size(seen.free >> 20 << 20)} are free for /var/lib/containers; the lab wants {free_disk}"
        why = "images and volumes grow there; on a full disk databases break"
        write = "free disk (`sudo podman system df` shows what containers take), or change `preflight.free_disk`"
        yield _refusal("disk", "DISK_FULL", what, why, write)
    limits = sum(int(one.memory) for one in mac.section("stacks", Stacks).containers() if one.memory)
    if limits + reserve > seen.memory:
        what = f"containers may take {Size(limits)}, and {reserve} are the system's; this host has {Size(seen.memory)}"
        why = "the kernel would end what takes most"
        write = "give containers less `memory`, or keep less with `preflight: {host_memory: …}`"
        yield _refusal("memory", "TOO_LITTLE_MEMORY", what, why, write)


def _system(seen: LinuxSeen) -> Iterator[Finding]:
    if seen.family is None:
        why = f"what is missing is named in the words of {distribution.NAMES}, and their units and paths are known here"
        write = "take it out of the lab file, or run one of these on it"
        yield _refusal("system", "DISTRIBUTION_UNKNOWN", f"this host runs {seen.system}", why, write)
    if seen.arch not in ARCHITECTURES:
        why = f"NVIDIA's toolkit and the images are for {' and '.join(ARCHITECTURES)}"
        yield _refusal(
            "processor", "ARCHITECTURE_UNKNOWN", f"its processor is {seen.arch}", why, "take it out of the lab file"
        )
    if not seen.systemd:
        why = "stacks are Quadlet units, which systemd runs"
        what = "systemd is not this host's first process (no /run/systemd/system)"
        yield _refusal("systemd", "NO_SYSTEMD", what, why, "boot it with systemd; in a container it has to be PID 1")


def _programs(seen: LinuxSeen) -> Iterator[Finding]:
    if not seen.podman:
        why = "podman runs the containers"
        yield _refusal("podman", "PODMAN_MISSING", "podman is not there", why, installing(seen.family, *["podman"] * 2))
    elif not seen.podman.partition(".")[0].isdecimal() or int(seen.podman.partition(".")[0]) < PODMAN:
        what = f"podman is {seen.podman}; {PODMAN}.0 or later is needed"
        why = "older ones know fewer keys of Quadlet units"
        write = "move to a release that has it: Debian 13, Ubuntu 25.04, Fedora 40 and later do"
        yield _refusal("podman", "PODMAN_TOO_OLD", what, why, write)
    if not seen.perl:
        packages = "perl-interpreter perl-Digest-SHA perl-MIME-Base64 perl-File-Path perl-IO-Socket-IP perl-Time-HiRes"
        why = "deadlines, the host's lock and fingerprints of secrets are perl"
        what = "perl is not there, or not all of its modules"
        yield _refusal("perl", "PERL_MISSING", what, why, installing(seen.family, "perl", packages))


def _login(seen: LinuxSeen, mac: Mac) -> Iterator[Finding]:
    if mac.user is not None and seen.user != mac.user:
        what = f"this session is {seen.user}'s; the lab file says `user: {mac.user}`"
        why = "secrets and notes are kept in one user's home: another gets a second set"
        write = f"log in as {mac.user}, or write `user: {seen.user}` in the lab file"
        yield _refusal("user", "OTHER_USER", what, why, write)
    if seen.sudo:
        line = f"{seen.user} ALL=(ALL) NOPASSWD: ALL"
        write = f"as root: `echo '{line}' >/etc/sudoers.d/carbon-fleet && chmod 440 /etc/sudoers.d/carbon-fleet`"
        what = f"sudo does not let {seen.user} in without a password: {seen.sudo}"
        why = "stacks are the system's services, and nobody is there to type a password"
        yield _refusal("sudo", "SUDO_ASKS", what, why, write)


def taken_ports(seen: LinuxSeen, mac: Mac) -> Iterator[Finding]:
    """A Refusal for each wanted port that a program has; those of containers are podman's to tell."""
    wanted = tuple(each for each in openings(mac.section("stacks", Stacks)) if each.on)
    taken = seen.busy | {(each.port.kind, each.port.outer) for each in wanted}
    for opening in wanted:
        port = opening.port
        others = [each for each in seen.sockets if each.meets(port) and each.name not in PODMANS_OWN]
        if others:
            whose = f"{others[0].name} (process {others[0].pid})" if others[0].name else "a program ss does not name"
            what = f"port {port.outer}/{port.kind} of this host is taken by {whose}"
            why = f"{opening.owner} wants it, and would not start"
            end = (
                f"{opening.elsewhere(taken)} in the lab file; or end it: `sudo ss -lpn sport = :{port.outer}` shows it"
            )
            yield _refusal(f"port.{port.outer}", "PORT_TAKEN", what, why, end)


def _refusal(thing: str, code: str, what: str, why: str, remedy: str) -> Refusal:
    return Refusal(f"preflight.{thing}", code, what, why, remedy)
