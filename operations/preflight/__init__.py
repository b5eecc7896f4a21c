"""Whether this machine can run the wish at all: a Mac of the processor that is wished, not virtual, with room.

A Linux host that the lab file names as one has its own checks (`linux.py`).

It only looks. Sources: podman `pkg/machine/libkrun` and krunkit's README (arm64, macOS 14 and later), the sysctls
`kern.hv_support` and `kern.hv_vmm_present` (a virtual Mac cannot start virtual machines of its own).
"""

import re
from collections.abc import Iterator, Mapping

from carbon_fleet.plan import Finding, Refusal, Resource, World
from carbon_fleet.snapshot import Block, Section, Unreadable
from carbon_fleet.spec import Mac, Size, VersionBound, Wish
from operations import runtimes
from operations.machine import Machine
from operations.preflight import files, linux, listeners, models, strangers
from operations.preflight.checks import (
    MAC_OS,
    PreflightSeen,
    of_apple_container,
    of_the_mac,
    of_the_user,
    of_the_wish,
    room,
)

__all__ = ["RESOURCE", "Preflight", "PreflightSeen", "asks", "differences", "read"]

_DF = re.compile(r"\s[0-9]+\s+[0-9]+\s+(-?[0-9]+)\s+[0-9]+%")
_SYSCTL = re.compile(r"([a-z0-9_.]+): (.*)")


class Preflight(Wish):
    """What `preflight:` in a lab file may say."""

    macos: VersionBound = VersionBound(">=14")
    """The macOS versions this lab accepts; krunkit needs 14."""
    free_disk: Size = Size.parse("20GiB")
    """What has to be free on the volume of the login user's home: images and the machine's disk grow into it."""
    host_memory: Size = Size.parse("4GiB")
    """Memory left to macOS: a machine may take no more than the Mac's memory less this."""


def read(section: Section) -> PreflightSeen:
    """Type the `preflight` section; on what is no Mac nothing but the name of its system is known."""
    system = section.need("os")
    if system != MAC_OS:
        return PreflightSeen(system, linux=linux.read(section) if section.get("arch") else None)
    known = _sysctl(section.block("sysctl"))
    listening, busy = listeners.read(section)
    return PreflightSeen(
        system,
        arm64=known.get("hw.optional.arm64") == "1",
        macos=_line(section.block("macos")),
        hypervisor=known.get("kern.hv_support") == "1",
        virtual=known.get("kern.hv_vmm_present") == "1",
        memory=_number("hw.memsize", known.get("hw.memsize")),
        cpus=_number("hw.ncpu", known.get("hw.ncpu")),
        free=_free(section.block("free")),
        allocated=_allocated(section),
        uid=section.need_int("uid"),
        user=_line(section.block("user")),
        home=section.need("home"),
        chip=known.get("machdep.cpu.brand_string", ""),
        listeners=listening,
        busy=busy,
    )


def _line(block: Block) -> str:
    text = block.must().text.strip()
    if not text:
        raise Unreadable(f"{block.name}: the command said nothing", block.status)
    return text


def _sysctl(block: Block) -> Mapping[str, str]:
    if not block.out:
        raise Unreadable(block.name, block.status, "\n".join(block.err))
    matches = [_SYSCTL.fullmatch(line) for line in block.out]
    return {match[1]: match[2].strip() for match in matches if match}


def _number(name: str, value: str | None) -> int:
    if value is None or not value.isdigit():
        raise Unreadable(f"sysctl {name} said {value!r}, not a number")
    return int(value)


def _free(block: Block) -> int:
    # A file system's name may hold spaces, so that columns cannot be counted from the left.
    match = _DF.search(block.must().text.rpartition("\n")[2])
    if match is None:
        raise Unreadable(f"free: df said {block.text!r}", block.status)
    return int(match[1]) * 1024


def _allocated(section: Section) -> int:
    if "vm-disk" not in section.blocks:
        return 0
    return _number("du", _line(section.block("vm-disk")).split()[0]) * 1024


def differences(wanted: Preflight, seen: PreflightSeen, world: World) -> Iterator[Finding]:
    """Refusals and Notices, never a Change. What is no Mac, or no Linux host, gets that one answer only."""
    if world.mac.linux:
        yield from _on_linux(wanted, seen, world)
        return
    if seen.system != MAC_OS:
        yield _not_a_mac(seen)
        return
    yield from of_the_mac(seen, wanted.macos, intel=world.mac.intel)
    if runtimes.apple_container(world.mac):
        yield from of_apple_container(seen)
    yield from of_the_user(seen, world.mac.user)
    if runtimes.podman(world.mac):
        yield from of_the_wish(seen, world.mac.section("machine", Machine), wanted.free_disk, wanted.host_memory)
        yield from models.differences(seen.memory, wanted.host_memory, world.mac)
    else:
        yield from room(seen, wanted.free_disk)
    yield from listeners.differences(seen.listeners, seen.busy, world)
    yield from strangers.differences(seen.busy, world)
    yield from files.differences(world)


def _on_linux(wanted: Preflight, seen: PreflightSeen, world: World) -> Iterator[Finding]:
    if seen.linux is None:
        yield linux.other_system(seen.system)
        return
    refused = tuple(linux.differences(seen.linux, wanted.free_disk, wanted.host_memory, world.mac))
    yield from refused
    yield from linux.taken_ports(seen.linux, world.mac)
    # What lies where root reads it is known only where root could look.
    if not refused:
        yield from strangers.differences(seen.linux.busy, world)
        yield from files.differences(world)


def _not_a_mac(seen: PreflightSeen) -> Refusal:
    return Refusal(
        "preflight.system",
        "NOT_A_MAC",
        f"this machine runs {seen.system}, not macOS",
        "carbon-fleet makes Apple Silicon Macs what a lab file says; nothing was changed here",
        "run `make demo` to see all of it on this machine in a simulated lab, or name your Macs in a lab file; "
        "a Linux host with NVIDIA's GPU says `runtime: linux-nvidia` there",
    )


def asks(wanted: Preflight, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/preflight.sh`."""
    named = {"CF_PREFLIGHT_LINUX": "yes" if mac.linux else ""}
    return {"CF_PREFLIGHT_MACHINE": mac.section("machine", Machine).name, **named, **listeners.asks(mac)}


RESOURCE = Resource("preflight", "preflight", Preflight, read, differences, asks=asks)
