"""The proof of CUDA: a job in a container whose numbers are computed here once more, on GPUs that the host has.

A seed is drawn for each proof, so that no answer can lie ready; what a GPU wrote is compared by its digest. That it was
a GPU: libcuda drives nothing else, and each has to be one that nvidia-smi on the host, outside the container, knows.
"""

import hashlib
import json
from array import array
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

ROUNDS = 1024
"""How often each number goes through the generator."""
ELEMENTS = 1 << 20
_FACTOR, _TERM, _MASK = 1664525, 1013904223, (1 << 32) - 1


@dataclass(frozen=True)
class Device:
    """A GPU that computed, as the CUDA driver calls it, and the digest (sha256, hex) of what it wrote."""

    name: str
    uuid: str
    capability: str
    memory: int
    sha256: str


@dataclass(frozen=True)
class Answer:
    """What the job said: the seed it went by, CUDA's version in the driver, and the GPUs."""

    seed: int
    cuda: str
    devices: tuple[Device, ...]


class NoAnswer(Exception):
    """What was printed is no answer of the job; the message says why."""


def read(text: str) -> Answer:
    """The job's answer in what it printed. Raises `NoAnswer`."""
    try:
        said: dict[str, Any] = json.loads(text.strip().rpartition("\n")[2])
        if said["format_version"] != 1 or said["elements"] != ELEMENTS:
            raise NoAnswer("it is the answer of another version of the job")
        devices = tuple(Device(**{name: one[name] for name in Device.__dataclass_fields__}) for one in said["devices"])
        return Answer(int(said["seed"]), str(said["cuda"]), devices)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoAnswer(f"it printed no answer: {error!r}") from error


def expected(seed: int) -> str:
    """The sha256 of what a GPU that computes right writes: each place, mixed with the seed, after all rounds."""
    factor, term = 1, 0
    for _ in range(ROUNDS):
        factor, term = factor * _FACTOR & _MASK, (term * _FACTOR + _TERM) & _MASK
    numbers = array("I", (((place ^ seed) * factor + term) & _MASK for place in range(ELEMENTS)))
    return hashlib.sha256(numbers.tobytes()).hexdigest()


def against(answer: Answer, seed: int, host: Collection[str]) -> tuple[str, ...]:
    """What stands against a proof, in words; nothing where it holds. `host` are the UUIDs that nvidia-smi tells."""
    if answer.seed != seed:
        return (f"it is an answer to another question (seed {answer.seed}, not {seed})",)
    if not answer.devices:
        return ("CUDA found no GPU in the container",)
    right = expected(seed)
    wrong = [f"{one.name} computed wrong numbers" for one in answer.devices if one.sha256 != right]
    strange = [
        f"{one.name} ({one.uuid}) computed, which the host's nvidia-smi does not know: that is no GPU of this host"
        for one in answer.devices
        if one.uuid not in host
    ]
    return (*wrong, *strange)
