"""Whether a Mac's memory holds the models that its stacks' servers load, beside its machine and macOS.

A machine of libkrun hardly gives memory back, and what its GPU has comes on top of it (`operations/model/loads`).
"""

from collections.abc import Iterator, Sequence

from carbon_fleet.plan import Finding, Notice, Refusal
from carbon_fleet.spec import Mac, Size
from operations.machine import Machine
from operations.model.loads import LEAST_MACHINE, Load, gib, loads, named

ADDRESS = "preflight.models"
FULL = 0.8
"""The part of a machine's memory that a model's file may fill (as in `carbon_fleet/bench`)."""


def differences(memory: int, reserve: Size, mac: Mac) -> Iterator[Finding]:
    """A Refusal of weights this Mac cannot hold, or a Notice of what is tight; `memory` are the Mac's bytes."""
    wanted = loads(mac) if {"models", "stacks"} <= set(mac.sections) else ()
    if not wanted or mac.accept_software_gpu:
        return
    machine, weights = mac.section("machine", Machine).memory, sum(load.weights for load in wanted)
    left, taken = memory - reserve, weights + sum(load.cache for load in wanted)
    if weights + LEAST_MACHINE > left:
        yield _impossible(wanted, weights, memory, reserve)
    elif machine + taken > left:
        yield _tight(wanted, taken, machine, left)
    elif weights > FULL * machine:
        yield _beyond(wanted, weights, machine, left - taken)


def _impossible(wanted: Sequence[Load], weights: int, memory: int, reserve: Size) -> Refusal:
    return Refusal(
        ADDRESS,
        "MODEL_TOO_LARGE",
        f"{named(wanted)}: {gib(weights)} of weights; this Mac has {gib(memory)}, of which macOS keeps {reserve}",
        f"the GPU's memory is the Mac's, and the smallest machine takes {gib(LEAST_MACHINE)} of it, too",
        "name a smaller model for this Mac, or keep less for macOS with `preflight: {host_memory: …}`",
    )


def _tight(wanted: Sequence[Load], taken: int, machine: Size, left: int) -> Notice:
    memory = (left - taken) >> 30
    less = f"write `machine: {{memory: {memory}GiB}}` or less, or" if memory << 30 >= LEAST_MACHINE else "name"
    return Notice(
        ADDRESS,
        "MODEL_TIGHT",
        f"{named(wanted)} with context: about {gib(taken)} on the GPU, and the machine has {machine}; "
        f"{gib(left, down=True)} are there for both beside macOS",
        "the GPU's memory is the Mac's own: once both are used macOS swaps, or the server ends for want of memory",
        f"{less} a smaller model or `context`",
    )


def _beyond(wanted: Sequence[Load], weights: int, machine: Size, free: int) -> Notice:
    memory = gib(-(-int(weights / FULL) // (1 << 30)) << 30)
    enough = memory <= free
    return Notice(
        ADDRESS,
        "MODEL_BEYOND_MACHINE",
        f"{named(wanted)}: {gib(weights)} of weights are read through a machine of {machine}",
        "what does not stay in its memory is read from the disk again at each start; some report that such models do "
        "not start at all, which was not tried here",
        f"write `machine: {{memory: {memory}}}`" if enough else "should it not start: name a smaller model",
    )
