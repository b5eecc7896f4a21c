"""The containers.conf.d drop-in that chooses podman's machine provider.

A drop-in of our own works the same in podman 5 and 6 and outlives Podman Desktop's rewriting of the main file (podman
`pkg/machine/provider/platform_darwin.go`, go.podman.io/common `pkg/config`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from carbon_fleet.plan import Change, Finding, Notice, Resource, Where, World
from carbon_fleet.plan.files import FileWish, file_back, file_findings, file_told
from carbon_fleet.snapshot import Section
from carbon_fleet.snapshot.files import FileSeen, files_in
from carbon_fleet.spec import HomePath, Mac, Problem, Wish
from operations import _ours as ours
from operations import runtimes
from operations._ours import Stranger

DROP_IN = "provider.drop-in"
MARK = "# Written by carbon-fleet"
"""How the drop-in begins, whatever version wrote it."""
OVERRULING = ("CONTAINERS_CONF", "CONTAINERS_CONF_OVERRIDE")


class Provider(Wish):
    """What `provider:` in a lab file may say."""

    name: Literal["libkrun", "applehv"] | None = None
    """The provider; left out, that of this Mac's `runtime`. Another one than that is a mistake."""
    drop_in: HomePath | None = HomePath("~/.config/containers/containers.conf.d/50-carbon-fleet.conf")
    """Our file among podman's settings. `null`: none; people's own settings choose then, carbon-fleet's commands say it
    each time."""


@dataclass(frozen=True)
class ProviderSeen:
    """The drop-in as it is, and the variables of the login session that overrule files."""

    drop_in: FileSeen
    variables: Mapping[str, str]


def read(section: Section) -> ProviderSeen:
    """Type the `provider` section."""
    files = list(files_in(section).values())
    variables = {
        key.removeprefix("env."): values[-1] for key, values in section.facts.items() if key.startswith("env.")
    }
    return ProviderSeen(files[0] if files else FileSeen(""), variables)


def differences(wanted: Provider, seen: ProviderSeen, world: World) -> Iterator[Finding]:
    """The drop-in's content and mode; a Notice for each variable that contradicts it. Without a drop-in nothing."""
    if wanted.drop_in is None:
        return
    yield from ours.refused(DROP_IN, strangers(wanted, seen, world), world)
    name = runtimes.provider(world.mac)
    reason = f"podman must choose the provider {name}: that of the machine's runtime"
    yield from file_findings(DROP_IN, _file(wanted, world.mac), seen.drop_in, Where.MAC, reason)
    yield from _contradictions(name, seen)


def strangers(wanted: Provider, seen: ProviderSeen, world: World) -> tuple[Stranger, ...]:
    """The drop-in, where it is somebody else's and would be overwritten."""
    if wanted.drop_in is None or ours.is_ours(
        "provider.drop-in", _file(wanted, world.mac), seen.drop_in, world, marker=MARK
    ):
        return ()
    return (Stranger(seen.drop_in.path, Where.MAC),)


def _file(wanted: Provider, mac: Mac) -> FileWish:
    settings = f'[machine]\nprovider = "{runtimes.provider(mac)}"\n'
    return FileWish(str(wanted.drop_in), f"{MARK}; the lab file says what it should be.\n{settings}")


def check(wanted: Provider, mac: Mac) -> Iterator[Problem]:
    """A provider beside the one that the runtime has."""
    if wanted.name is not None and wanted.name != runtimes.provider(mac):
        what = f"the provider `{wanted.name}` is not that of the runtime `podman-{runtimes.provider(mac)}`"
        why = "the machine is made by the provider of its runtime"
        yield Problem(("provider", "name"), what, why, f"write `runtime: podman-{wanted.name}`, or leave `name` out")


def _contradictions(name: str, seen: ProviderSeen) -> Iterator[Notice]:
    chosen = seen.variables.get("CONTAINERS_MACHINE_PROVIDER")
    if chosen is not None and chosen.strip().lower() != name:
        yield _notice(
            "CONTAINERS_MACHINE_PROVIDER",
            chosen,
            f"it overrules the drop-in: podman will use {chosen or 'its own default'!r}",
        )
    for variable in OVERRULING:
        if variable in seen.variables:
            yield _notice(variable, seen.variables[variable], "podman then reads other files than the drop-in")


def _notice(name: str, value: str, why: str) -> Notice:
    return Notice(
        "provider.environment",
        "PROVIDER_OVERRULED",
        f"the login session sets {name}={value}",
        why,
        f"remove {name} from the login user's shell files (and from sshd's SetEnv)",
    )


def asks(wanted: Provider, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/provider.sh`."""
    return {"CF_PROVIDER_DROP_IN": str(wanted.drop_in or "")}


def found(wanted: Provider, seen: ProviderSeen) -> Mapping[str, Any]:
    """The drop-in as it is."""
    return {DROP_IN: file_told(seen.drop_in)} if wanted.drop_in else {}


def removal(wanted: Provider, seen: ProviderSeen, before: Mapping[str, Any], world: World) -> Iterator[Change]:
    """The drop-in as it was."""
    if wanted.drop_in:
        yield from file_back(DROP_IN, seen.drop_in, before.get(DROP_IN), Where.MAC)


RESOURCE = Resource(
    "provider",
    "provider",
    Provider,
    read,
    differences,
    asks=asks,
    check=check,
    found=found,
    absent=lambda wanted: {DROP_IN: {"kind": "absent"}} if wanted.drop_in else {},
    places=lambda wanted, mac: (str(wanted.drop_in),) if wanted.drop_in else (),
    removal=removal,
    applies=runtimes.podman,
)
