"""The single checks of the preflight, each a stable code, what is wrong, why it matters and what mends it."""

from collections.abc import Iterator
from dataclasses import dataclass

from carbon_fleet.plan import Finding, Notice, Refusal
from carbon_fleet.spec import Size, VersionBound
from operations.machine import Machine
from operations.preflight.linux import LinuxSeen
from operations.preflight.listeners import Listener

MAC_OS = "Darwin"
"""What `uname -s` says on a Mac."""


@dataclass(frozen=True)
class PreflightSeen:
    """A machine as the preflight found it; sizes are bytes. On anything but a Mac only `system` says something.

    `free` is what the volume of `home` can still take, `allocated` what the Podman machine's sparse disk takes of it
    now; `chip` is the processor's own name ("Apple M4"), empty where sysctl does not know it. `listeners` are those on
    ports that the lab file wants, `busy` all ports (with protocol) that somebody has; `linux` is all that is known of a
    Linux host.
    """

    system: str
    arm64: bool = False
    macos: str = ""
    hypervisor: bool = False
    virtual: bool = False
    memory: int = 0
    cpus: int = 0
    free: int = 0
    allocated: int = 0
    uid: int = -1
    user: str = ""
    home: str = ""
    chip: str = ""
    listeners: tuple[Listener, ...] = ()
    busy: frozenset[tuple[str, int]] = frozenset()
    linux: LinuxSeen | None = None


def of_the_mac(seen: PreflightSeen, macos: VersionBound, *, intel: bool = False) -> Iterator[Finding]:
    """What no setting can mend: processor (`intel` is what the lab file calls it), system version, hypervisor."""
    if not seen.arm64 and not intel:
        yield _refusal(
            "processor",
            "NOT_APPLE_SILICON",
            "this Mac has an Intel processor",
            "krunkit, which gives a machine the Mac's GPU, runs on Apple Silicon only; so do podman 6 and Homebrew",
            "write `platform: linux/amd64` and `runtime: docker` for it, for Docker Desktop runs there, without a GPU; "
            "or take it out of the lab file",
        )
    elif seen.arm64 and intel:
        yield _refusal(
            "processor",
            "NOT_INTEL",
            "this Mac has Apple Silicon; the lab file says `platform: linux/amd64`",
            "that is a Mac with an Intel processor, for which nothing of Homebrew and no machine is wished",
            "write `platform: linux/arm64`, or leave it out",
        )
    if not macos.allows(seen.macos):
        yield _refusal(
            "macos",
            "MACOS_VERSION",
            f"this Mac runs macOS {seen.macos}; the lab wants {macos}",
            "krunkit needs macOS 14 or later, and a lab may ask for more",
            "update it: `softwareupdate --list`, then `sudo softwareupdate --install --all --restart`; "
            "or change `preflight.macos`",
        )
    yield from _hypervisor(seen)


def of_apple_container(seen: PreflightSeen) -> Iterator[Finding]:
    """What Apple's `container` needs besides: macOS 26 (its README; on 15 containers have no way to each other)."""
    if seen.macos and not VersionBound(">=26").allows(seen.macos):
        yield _refusal(
            "macos",
            "APPLE_CONTAINER_MACOS",
            f"this Mac runs macOS {seen.macos}, and the runtime `apple-container` needs macOS 26",
            "before it Apple's container has no networks, its makers mend nothing there, and Homebrew has no bottle",
            "update macOS: `softwareupdate --list`, then `sudo softwareupdate --install --all --restart`; "
            "or write another `runtime:`: `podman-libkrun`, `docker`",
        )


def _hypervisor(seen: PreflightSeen) -> Iterator[Finding]:
    if seen.virtual:
        yield _refusal(
            "hypervisor",
            "INSIDE_A_VM",
            "this Mac is itself a virtual machine (kern.hv_vmm_present is 1)",
            "macOS starts no virtual machine with a GPU inside another one: krunkit would end with VmCreate",
            "use the Mac that hosts it; to try things out without a Mac run `make demo`",
        )
    elif not seen.hypervisor:
        yield _refusal(
            "hypervisor",
            "NO_HYPERVISOR",
            "this Mac offers no hypervisor (kern.hv_support is not 1)",
            "without Hypervisor.framework krunkit cannot start a machine",
            "look with `sysctl kern.hv_support`; restart the Mac, and ask who manages it whether a profile forbids it",
        )


def of_the_user(seen: PreflightSeen, expected: str | None) -> Iterator[Finding]:
    """Whether the session is the login user's own: brew and podman keep all they have per user."""
    if seen.uid == 0:
        yield _refusal(
            "user",
            "RUNS_AS_ROOT",
            "this session is root's",
            "brew refuses root, and a Podman machine of root's is nobody else's",
            f"write `user: {expected if expected not in (None, 'root') else 'lab'}` (a login name of this Mac) for it "
            "in the lab file, and run without sudo",
        )
    elif expected is not None and seen.user != expected:
        yield _refusal(
            "user",
            "OTHER_USER",
            f"this session is {seen.user}'s; the lab file says `user: {expected}`",
            "the Podman machine, its connections and Homebrew's trust belong to one user: another gets a second set",
            f"log in as {expected}, or write `user: {seen.user}` in the lab file",
        )


def of_the_wish(seen: PreflightSeen, machine: Machine, free_disk: Size, host_memory: Size) -> Iterator[Finding]:
    """Whether the wished machine has room on this Mac."""
    if machine.cpus > seen.cpus:
        yield _refusal(
            "cpus",
            "TOO_FEW_CPUS",
            f"the machine should have {machine.cpus} CPUs; this Mac has {seen.cpus}",
            "a machine with more CPUs than its Mac hangs while it starts",
            f"write `machine: {{cpus: {seen.cpus}}}` or less",
        )
    yield from _memory(seen, machine, host_memory)
    yield from _disk(seen, machine, free_disk)


def _memory(seen: PreflightSeen, machine: Machine, reserve: Size) -> Iterator[Finding]:
    left = (seen.memory - reserve) // 2**20
    if machine.memory <= seen.memory - reserve:
        return
    less = (
        f"write `machine: {{memory: {Size(left * 2**20)}}}` or less, or" if left >= 1024 else "this Mac is too small:"
    )
    yield _refusal(
        "memory",
        "TOO_LITTLE_MEMORY",
        f"the machine should have {machine.memory}; this Mac has {Size(seen.memory)}, of which macOS keeps {reserve}",
        "a machine hardly gives memory back: macOS would swap, and the GPU's memory is the same memory",
        f"{less} keep less for macOS with `preflight: {{host_memory: …}}`",
    )


def _disk(seen: PreflightSeen, machine: Machine, reserve: Size) -> Iterator[Finding]:
    yield from room(seen, reserve)
    if seen.free >= reserve and machine.disk > seen.free + seen.allocated:
        yield Notice(
            "preflight.disk",
            "DISK_OVERCOMMITTED",
            f"the machine's disk may grow to {machine.disk}; {_gib(seen.free + seen.allocated)} are there for it",
            "the disk is sparse: it takes only what is used, but nothing stops it before the Mac's volume is full",
            "free disk on this Mac, or see that little is put into the machine",
        )


def room(seen: PreflightSeen, reserve: Size) -> Iterator[Finding]:
    """Whether the Mac's own disk has what the lab keeps free."""
    if seen.free < reserve:
        yield _refusal(
            "disk",
            "DISK_FULL",
            f"{_gib(seen.free)} are free on the volume of {seen.home}; the lab wants {reserve}",
            "the machine's disk grows as it is used; when the Mac's volume is full, what is in it is damaged",
            f"free {_gib(reserve - seen.free)} (`du -xhd 1 {seen.home}` shows what is big), "
            "or change `preflight.free_disk`",
        )


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"


def _refusal(thing: str, code: str, what: str, why: str, remedy: str) -> Refusal:
    return Refusal(f"preflight.{thing}", code, what, why, remedy)
