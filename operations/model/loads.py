"""What llama.cpp's servers load of models, and what there is on a Mac to hold it.

On a Mac the GPU's memory is the Mac's own. What a container allocates on the GPU krunkit's process has, beside the
machine's memory, and the machine sees it through a window: 63488 MiB less the machine's memory, rounded up
(krunkit `src/context.rs`). A software GPU has nothing but the machine's memory.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from carbon_fleet.spec import Mac, Problem, Size
from operations import runtimes
from operations.machine.wish import Machine
from operations.model.wish import Models

SERVER = "llama-serve"
"""The program of the image `llama` that serves: MODEL CONTEXT LAYERS PARALLEL (`files/images/llama/serve.sh`)."""
ALL_LAYERS = 999
"""As many layers on the GPU as there are; fewer leave a part of the model in the machine's memory."""
CONTEXT_BYTES = 128 << 10
"""Memory a token of context takes in a model of 8 billion parameters: 32 layers, 8 key-value heads of 128, keys and
values, 2 bytes each. An estimate, for notices only: small models take less, old ones up to four times that."""
LEAST_MACHINE = 2 << 30
"""Memory below which a machine with containers in it is of no use."""
OWN = 1 << 30
"""What the machine's own system takes of its memory."""
_GIB, _MIB = 1 << 30, 1 << 20
_WINDOW = 63488 * _MIB


@dataclass(frozen=True)
class Load:
    """A server's model: the stack's name and place, `weights` and the context's `cache` in bytes."""

    stack: str
    path: tuple[str | int, ...]
    model: str
    weights: int
    cache: int
    split: bool


def loads(mac: Mac) -> tuple[Load, ...]:
    """Every server's model whose size the lab file says."""
    from operations.stack.wish import Stacks  # stacks stand on models: at import time only in that direction

    models, found = mac.section("models", Models).root, list[Load]()
    for place, stack in enumerate(mac.section("stacks", Stacks).all()):
        if runtimes.of_stack(stack, mac) not in runtimes.QUADLET:
            # No Podman machine has a share in that: it is the Mac's own memory, or that of another engine's machine.
            continue
        for container in stack.members().values():
            match container.command:
                case (program, name, context, layers, *_) if program == SERVER and name in models:
                    size, split = int(models[name].size or 0), _number(layers) < ALL_LAYERS
                    cache = _number(context) * CONTEXT_BYTES
                    found += [Load(stack.name, ("stacks", place), name, size, cache, split)] if size else []
    return tuple(found)


def _number(word: str) -> int:
    return int(word) if word.isdecimal() else ALL_LAYERS


def window(memory: int) -> int:
    """Bytes the GPU of a machine with so much memory can have."""
    return _WINDOW - (memory // _GIB + 1) * _GIB


def problems(mac: Mac) -> Iterator[Problem]:
    """Weights that no Mac could hold for this machine, however much memory the Mac has."""
    machine, wanted = mac.sections.get("machine"), loads(mac)
    if not isinstance(machine, Machine) or not wanted or mac.linux:
        return
    needed, most = sum(load.weights for load in wanted), max(wanted, key=lambda load: load.weights)
    if mac.accept_software_gpu:
        if needed > machine.memory - OWN:
            write = f"write `machine: {{memory: {gib(needed + OWN)}}}` or more, or name a smaller model"
            why = f"a software GPU's memory is the machine's: {machine.memory}, of which its system takes {gib(OWN)}"
            yield Problem(most.path, _loaded(wanted, needed), why, write)
    elif needed > window(machine.memory) + (machine.memory - OWN if any(load.split for load in wanted) else 0):
        left = window(machine.memory)
        why = f"beside a machine of {machine.memory} krunkit leaves the GPU {gib(left, down=True)}"
        yield Problem(most.path, _loaded(wanted, needed), why, _fitting(needed))


def _fitting(needed: int) -> str:
    memory = (_WINDOW - needed) // _GIB * _GIB - _GIB
    if memory >= LEAST_MACHINE:
        return f"write `machine: {{memory: {gib(memory)}}}` or less, or name a smaller model"
    return f"name a smaller model: {gib(window(LEAST_MACHINE), down=True)} is the most any machine's GPU can have"


def _loaded(wanted: Sequence[Load], needed: int) -> str:
    return f"{named(wanted)} {'takes' if len(wanted) == 1 else 'take'} {gib(needed)} of memory"


def named(wanted: Sequence[Load]) -> str:
    """The models in words."""
    names = " and ".join(dict.fromkeys(f"`{load.model}`" for load in wanted))
    return f"the model{'s' if len(wanted) > 1 else ''} {names}"


def gib(size: int, *, down: bool = False) -> Size:
    """So many bytes in whole GiB (below ten: in MiB), rounded up unless it is what there is."""
    unit = _GIB if size >= 10 * _GIB or size % _GIB == 0 else _MIB
    return Size((size // unit if down else ceil(size / unit)) * unit)
