"""systemd units in the virtual machine: which should start with it, which should run now, which files make them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, Refusal, guest
from operations.guest.seen import GuestSeen, UnitSeen
from operations.guest.wish import UNIT, Guest, GuestUnit

QUADLETS = "/etc/containers/systemd/"
FOLDERS = ("/etc/systemd/system/", "/run/systemd/system/", QUADLETS)
"""Where systemd and podman's generator read units from."""
SUFFIXES = {".container": ".service", ".kube": ".service"} | {
    f".{kind}": f"-{kind}.service" for kind in ("volume", "network", "pod", "image", "build")
}
BEYOND = ("static", "generated", "indirect", "alias", "transient")
"""UnitFileStates that neither `enable` nor `disable` changes: such a unit is started by others."""
ON = ("enabled", "enabled-runtime", "linked", "linked-runtime")
RUNS = ("active", "reloading", "activating")


def unit_of(path: str) -> str | None:
    """The systemd unit that the file at `path` is part of, or None when it is no unit's file."""
    folder = next((folder for folder in FOLDERS if path.startswith(folder)), None)
    if folder is None:
        return None
    first = path.removeprefix(folder).split("/")[0].removesuffix(".d")
    name = PurePosixPath(first)
    if folder == QUADLETS and name.suffix in SUFFIXES:
        return name.stem + SUFFIXES[name.suffix]
    return first if PurePosixPath(first).suffix in UNIT_SUFFIXES else None


UNIT_SUFFIXES = tuple(f".{kind}" for kind in UNIT.partition("(")[2].rstrip(")").split("|"))


def asked(wanted: Guest) -> tuple[str, ...]:
    """Every unit to look at: the wished ones, and those the wished files are part of (a template is no unit yet)."""
    of_files = {unit for unit in map(unit_of, wanted.files) if unit and "@." not in unit}
    return tuple(sorted({*wanted.units, *of_files}))


def to_come(seen: UnitSeen, paths: Sequence[str], *, stopped: bool) -> UnitSeen:
    """The unit as it will be once its files at `paths` are written and systemd has read them."""
    if stopped and seen.active in RUNS:
        seen = replace(seen, active="inactive")
    if seen.load == "not-found" and any(path.startswith(QUADLETS) for path in paths):
        # What podman's generator makes of a Quadlet is enabled by the Quadlet itself: systemctl enable refuses it.
        return replace(seen, enabled="generated")
    return seen


def unit_findings(name: str, wish: GuestUnit, seen: UnitSeen, written: bool) -> Iterator[Finding]:
    """The difference of one unit; `written` is whether a file of it is wished, so that systemd will find it."""
    if seen.load == "not-found" and not written:
        if wish.enabled or wish.active:
            yield _not_there(name)
        return
    pairs = tuple(_pairs(name, wish, seen))
    if pairs:
        attributes, commands = zip(*pairs, strict=True)
        reason = "the lab file says so of this unit"
        yield Change(
            f"guest.unit.{name}", Action.UPDATE, attributes, reason, tuple(c for many in commands for c in many)
        )


def _pairs(name: str, wish: GuestUnit, seen: UnitSeen) -> Iterator[tuple[Attribute, tuple[Command, ...]]]:
    if seen.enabled == "masked" and (wish.enabled or wish.active):
        yield Attribute("masked", True, False), (systemctl("unmask", name),)
    if wish.enabled and seen.enabled not in (*ON, *BEYOND):
        yield Attribute("enabled", False, True), (systemctl("enable", name),)
    if not wish.enabled and seen.enabled in ON:
        yield Attribute("enabled", True, False), (systemctl("disable", name),)
    if wish.active and seen.active not in RUNS:
        yield Attribute("active", seen.active, "active"), (systemctl("start", name),)
    if not wish.active and seen.active in RUNS:
        yield Attribute("active", seen.active, "inactive"), (systemctl("stop", name),)


def reload(seen: GuestSeen, changed: tuple[str, ...]) -> Iterator[Change]:
    """One daemon-reload when unit files were written, or were written by a run that was cut off before it."""
    stale = tuple(sorted(name for name, unit in seen.units.items() if unit.stale and name not in changed))
    if changed or stale:
        attributes = tuple(Attribute(name, "old text", "text on disk") for name in (*changed, *stale))
        reason = "systemd has not read these units since their files changed"
        yield Change("guest.daemon-reload", Action.RUN, attributes, reason, (systemctl("daemon-reload"),))


def systemctl(*words: str) -> Command:
    """A systemctl command in the virtual machine."""
    return guest("systemctl", *words, deadline=120, says=f"systemctl {' '.join(words)}")


def _not_there(name: str) -> Refusal:
    return Refusal(
        f"guest.unit.{name}",
        "GUEST_UNIT_UNKNOWN",
        f"the virtual machine has no unit `{name}`",
        "a unit that is not there can neither be enabled nor started",
        f"write its file too, under guest.files: /etc/systemd/system/{name}; or leave the unit out",
    )
