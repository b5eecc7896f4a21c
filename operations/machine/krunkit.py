"""Whether a running machine runs by a krunkit that is not there any more: one of before a move or an upgrade.

What runs keeps the program and the libraries it was started with. The krunkit of Homebrew only: who starts machines by
another installation (podman's own installer brings one) has it in view.
"""

from collections.abc import Iterator

from carbon_fleet.plan import Attribute, Change, World
from carbon_fleet.snapshot import Unreadable
from operations import homebrew
from operations.homebrew import Homebrew, HomebrewSeen
from operations.machine.seen import MachineSeen, State

PARTS = ("krunkit", "libkrun", "libkrunfw", "libkrun-efi", "virglrenderer", "virglrenderer-krun")
"""What is loaded into the process that is the virtual machine."""
MOVES = ("tap", "version", "installed")
"""Attributes of a formula whose Change brings another keg; any of virglrenderer's own does (`homebrew/krun.py`)."""
SLACK = 2
"""Seconds: brew notes when it poured, ps when a process began, both in whole seconds."""


def outdated(seen: MachineSeen, world: World) -> Iterator[Attribute]:
    """One attribute where the machine has to be started anew to run by the krunkit there is, or will be in this run."""
    program, began = seen.processes.krunkits.get(seen.name, ("", None))
    if seen.state is not State.RUNNING or not program or "homebrew" not in world.snapshot.sections:
        return
    try:
        wanted = world.mac.section("homebrew", Homebrew)
        found = homebrew.RESOURCE.observe(world.snapshot)
    except (Unreadable, LookupError):
        return
    ours = program.startswith(f"{wanted.prefix}/") and wanted.krun
    if ours and (_to_move(world) or (began is not None and began + SLACK < _poured(found))):
        yield Attribute("krunkit", "the one it was started with", "the one installed")


def _to_move(world: World) -> bool:
    """Whether this very run brings another krunkit, or other libraries of its."""
    for finding in homebrew.RESOURCE.findings(world):
        if isinstance(finding, Change) and not world.leaves(finding.address):
            part = finding.address.removeprefix("homebrew.formula.").rpartition("/")[2]
            names = {attribute.name for attribute in finding.attributes}
            if part in PARTS and (names & {*MOVES} or part == "virglrenderer"):
                return True
    return False


def _poured(found: HomebrewSeen) -> int:
    """When the newest of the kegs in use was poured; 0 where no receipt says so."""
    receipts = (found.formula(name).receipt for name in PARTS)
    return max((receipt.time or 0 for receipt in receipts if receipt), default=0)
