"""What is on a Mac and stays as it is, by this wish: a sentence each, for people. Pure."""

from collections.abc import Iterator, Sequence

from carbon_fleet.adopt.look import AdoptSeen
from carbon_fleet.snapshot import Guest, Section, Snapshot
from operations.homebrew import Homebrew, HomebrewSeen
from operations.homebrew.krun import FAMILY, OLD_TAPS
from operations.homebrew.wish import KRUN_TAP, short
from operations.machine import MachineSeen
from operations.machine.seen import State

MOST = 12
"""Names in one sentence; of more it is said how many there are."""
KINDS = (("container", "containers"), ("volume", "volumes"), ("image", "images"))


def left_alone(
    adopt: AdoptSeen,
    homebrew: HomebrewSeen,
    machine: MachineSeen,
    snapshot: Snapshot,
    *,
    anew: bool,
    wished: tuple[str, str] | None = None,
) -> tuple[str, ...]:
    """Everything that was seen and that no part of the wish is about; where the machine is made `anew`, without it.

    `wished` is the instance of Lima or Colima that the wish is about, by kind and name.
    """
    return (
        *_machines(adopt, machine),
        *_instances(adopt, wished),
        *(() if anew else _inside(machine, snapshot)),
        *_podmans(adopt, homebrew),
        *_homebrew(homebrew, krun=machine.config is None or machine.provider == "libkrun"),
        *(f"{path}, which podman reads: people's own settings" for path in adopt.confs),
    )


def _machines(adopt: AdoptSeen, machine: MachineSeen) -> Iterator[str]:
    for name, provider in sorted(adopt.machines.items()):
        if name != machine.name:
            runs = ", which runs" if name in machine.processes.hypervisors else ""
            yield f"the Podman machine {name} ({provider}{runs})"


def _instances(adopt: AdoptSeen, wished: tuple[str, str] | None) -> Iterator[str]:
    for kind, name, type_ in adopt.instances:
        if (kind, name) != wished:
            yield f"the instance {name} of {kind.capitalize()} ({type_ or 'of its own choice'})"


def _inside(machine: MachineSeen, snapshot: Snapshot) -> Iterator[str]:
    guest = snapshot.sections.get("guest")
    if snapshot.guest is Guest.REACHED and guest is not None and guest.status == 0:
        for kind, kinds in KINDS:
            if names := guest.all(kind):
                yield f"{kinds} in the machine {machine.name} that no stack made: {_listed(names)}"
    elif machine.state is not State.ABSENT:
        yield f"all that the machine {machine.name} holds; it could not be looked into: {_why(machine)}"


def _why(machine: MachineSeen) -> str:
    return "it does not run" if machine.state is State.STOPPED else "no way into it was found"


def _podmans(adopt: AdoptSeen, homebrew: HomebrewSeen) -> Iterator[str]:
    if adopt.pkg is not None:
        version = f" {adopt.pkg}" if adopt.pkg else ""
        beside = "; `podman` is the one that stands first on PATH" if homebrew.formula("podman").kegs else ""
        yield f"podman's own installation{version} in /opt/podman{beside}"
    for place in adopt.desktop:
        yield f"{place}: it sees the same machines"


def _homebrew(seen: HomebrewSeen, *, krun: bool) -> Iterator[str]:
    """With a machine that runs without krunkit, that and its taps are nobody's wish either."""
    if casks := [name for name, versions in sorted(seen.casks.items()) if versions]:
        yield f"casks: {_listed(casks)}"
    own = {*map(short, Homebrew().wished), *FAMILY} if krun else {"podman"}
    if others := [name for name, found in sorted(seen.formulae.items()) if found.kegs and name not in own]:
        yield f"other formulae: {_listed(others)}"
    if taps := [tap for tap in sorted(seen.taps) if not krun or tap not in (KRUN_TAP, *OLD_TAPS)]:
        yield f"other taps: {_listed(taps)}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more


def hostname(section: Section) -> str:
    """The Mac's own name as a lab file's name: small letters, digits and `-`, at most 30 of them."""
    block = section.blocks.get("name")
    said = block.text.strip().lower() if block and block.status == 0 else ""
    kept = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in said)
    return "-".join(word for word in kept.split("-") if word)[:30].strip("-") or "mac-01"
