"""The tool itself: a version that can, its services, and the kernel its containers start with.

Sources: apple/container 1.2.2, `docs/command-reference.md` (`container system start`, `status`, `kernel set`),
`SystemStart.swift` (it asks whether to install a kernel, and fails where nobody can answer), `KernelService.swift`
(where the kernel lies). Homebrew's formula stops the services when it is installed: a tool and services of two versions
need not understand each other (apple/container issue 551).
"""

from collections.abc import Iterator

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Refusal
from operations.apple_container.commands import STOP_SECONDS, script
from operations.apple_container.seen import AppleSeen
from operations.apple_container.wish import AppleContainer

OLDEST = (1, 0)
"""Its lists have the shape we read, and its volumes labels."""
SYSTEM, KERNEL = "apple_container.system", "apple_container.kernel"
KERNEL_SECONDS = 600
"""It fetches some hundred MB at its first start: the kernel, and the file system its machines begin with."""
UPDATE = "`brew upgrade container` where Homebrew brought it, `/usr/local/bin/update-container.sh` for Apple's package"


def refusals(wanted: AppleContainer, seen: AppleSeen) -> Iterator[Refusal]:
    """What only a person can mend."""
    if seen.version and _numbers(seen.version) < OLDEST:
        need = ".".join(map(str, OLDEST))
        what, why = f"`container` {seen.version} is there ({seen.cli})", f"stacks need what came with {need}"
        remedy = f"run `container system stop`, then update it: {UPDATE}"
        yield Refusal("apple_container.cli", "APPLE_CONTAINER_TOO_OLD", what, why, remedy)
    if seen.running and not seen.kernel and not wanted.install_kernel:
        what = "`container` has no Linux kernel, and the lab file says `install_kernel: false`"
        remedy = "run `container system kernel set --tar FILE --binary PATH` on the Mac, or leave `install_kernel` out"
        yield Refusal(KERNEL, "APPLE_CONTAINER_KERNEL", what, "no container starts without one", remedy)


def changes(wanted: AppleContainer, seen: AppleSeen) -> Iterator[Finding]:
    """The start of its services, and a kernel where they came up without."""
    if not seen.running:
        attribute = Attribute("state", "stopped" if seen.cli else None, "running")
        yield Change(SYSTEM, Action.RUN, (attribute,), "its services do not answer", (start(wanted),))
    elif not seen.kernel:
        command = script("kernel", says="install the kernel that `container` recommends", deadline=KERNEL_SECONDS)
        attribute = Attribute("kernel", None, "the recommended one")
        yield Change(KERNEL, Action.RUN, (attribute,), "no container starts without one", (command,))


def start(wanted: AppleContainer) -> Command:
    """Start its services, its question about a kernel answered beforehand, and wait for them."""
    answer = "--enable-kernel-install" if wanted.install_kernel else "--disable-kernel-install"
    seconds = wanted.start_timeout.seconds
    return script(
        "start", str(seconds), answer, says="start the services of container", deadline=2 * seconds + KERNEL_SECONDS
    )


def stop() -> Command:
    """Stop them, with all containers."""
    return script("stop", says="stop the services of container", deadline=STOP_SECONDS)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(word) for word in version.split(".")[:2] if word.isdigit())
