"""NVIDIA's GPU on a Linux host, for podman: the driver and toolkit its admin put there, and a CDI specification.

The specification lists the driver's libraries by their versioned names, so that each names the driver it was made for;
after an update it leads nowhere, and containers do not start. From toolkit 1.18 on a service writes it to /var/run/cdi,
which podman prefers to /etc/cdi (NVIDIA Container Toolkit, "Support for Container Device Interface"; CDI SPEC.md).
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Refusal, Resource, World, guest
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.distribution import Family
from operations.nvidia.refusals import refusals
from operations.nvidia.seen import Gpu, NvidiaSeen, read
from operations.nvidia.wish import Nvidia
from operations.preflight import read as read_preflight
from operations.stack.cuda import DEVICE
from operations.stack.wish import Stacks

__all__ = ["RESOURCE", "Gpu", "Nvidia", "NvidiaSeen", "differences", "read"]
OURS = "/etc/cdi/nvidia.yaml"
"""Where NVIDIA's guide has it written for podman."""
SERVICES = "/run/cdi/nvidia.yaml"
"""Where the toolkit's own service has it, from 1.18 on; it wins."""
SERVICE = "nvidia-cdi-refresh.service"
ADDRESS = "nvidia.cdi"


def differences(wanted: Nvidia, seen: NvidiaSeen, world: World) -> Iterator[Finding]:
    """What the admin has to do; else a specification for the driver that runs, with the device stacks are given."""
    if not seen.asked:
        return
    refused = tuple(refusals(wanted, seen, _family(world)))
    yield from refused
    if refused:
        return
    path = SERVICES if SERVICES in seen.specs else OURS
    found = seen.specs.get(path)
    if found == "other":
        yield _not_a_file(path)
    elif found != seen.driver:
        attribute = Attribute("driver", found, seen.driver)
        action = Action.CREATE if found is None else Action.UPDATE
        reason = "podman knows the GPU by it" if found is None else "it is of another driver: its libraries are gone"
        yield Change(ADDRESS, action, (attribute,), reason, (_generate(path),))
    elif DEVICE not in seen.devices:
        yield _unknown(path, seen)


def _generate(path: str) -> Command:
    if path == SERVICES:
        return guest("systemctl", "restart", SERVICE, deadline=120, says="have the CDI specification written anew")
    return guest("nvidia-ctk", "cdi", "generate", f"--output={OURS}", deadline=120, says=f"generate {OURS}")


def _family(world: World) -> Family | None:
    with suppress(Unreadable):
        seen = read_preflight(world.snapshot.section("preflight")).linux
        return seen.family if seen else None
    return None


def _not_a_file(path: str) -> Refusal:
    why = "a specification is a file, and what is there was made on purpose"
    return Refusal(
        ADDRESS, "NVIDIA_CDI_NOT_A_FILE", f"{path} is no file", why, f"move it away: `sudo mv {path} {path}.before`"
    )


def _unknown(path: str, seen: NvidiaSeen) -> Refusal:
    known = ", ".join(seen.devices) or "none"
    what = f"{path} is of this driver, and CDI does not know `{DEVICE}` (it knows: {known})"
    why = "podman would start no container that is given it"
    look = "see what `nvidia-ctk --debug cdi list` says; an unreadable file in /etc/cdi or /run/cdi hides others"
    return Refusal(ADDRESS, "NVIDIA_DEVICE_UNKNOWN", what, why, look)


def wants(mac: Mac) -> bool:
    """Whether any container of this host is given the GPU."""
    return any(container.gpu == "cuda" for container in mac.section("stacks", Stacks).containers())


def asks(wanted: Nvidia, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/nvidia.sh`: where no container wants the GPU, nothing is asked."""
    return {"CF_NVIDIA_ASKED": "yes" if wants(mac) else "no", "CF_NVIDIA_SPECS": f"{OURS} {SERVICES}"}


def found(wanted: Nvidia, seen: NvidiaSeen) -> Mapping[str, Any]:
    """Whether our place had a specification."""
    return {ADDRESS: OURS in seen.specs} if seen.asked else {}


def removal(wanted: Nvidia, seen: NvidiaSeen, before: Mapping[str, Any], world: World) -> Iterator[Finding]:
    """The specification goes where none was; one that was there stays, as it is made of what is there."""
    if before.get(ADDRESS) is False and OURS in seen.specs:
        command = guest("rm", "-f", OURS, says=f"remove {OURS}")
        yield Change(ADDRESS, Action.DELETE, (Attribute("file", OURS, None),), "none was there before", (command,))


RESOURCE: Resource[Nvidia, NvidiaSeen] = Resource(
    "nvidia",
    "nvidia",
    Nvidia,
    read,
    differences,
    inside=True,
    asks=asks,
    versions=lambda seen: {"nvidia.driver": seen.driver} if seen.driver else {},
    moved_by={"nvidia.cdi.driver": ("nvidia.driver",)},
    found=found,
    removal=removal,
    # Where every host keeps our notes; a Mac's machine names it there.
    places=lambda wanted, mac: ("~/.local/state/carbon-fleet",),
    applies=runtimes.on_linux,
)
