"""The proof of a Python environment: a product of matrices and its reductions, computed here once more; pure.

A seed is drawn for each proof, so that no answer can lie ready. All numbers are small whole ones, exact in float32 in
whatever order they are added up, so that one digest each is the answer of every device that computes right. The first
matrix is itself a product of rank 2: that takes n*n steps here, and n*n*n where nobody knows it.
"""

import hashlib
import re
import sys
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from carbon_fleet.prove.document import SLOWEST

RANK, ROUNDS = 2, 4
_MIX, _FACTOR, _TERM, _MASK = 2654435761, 1664525, 1013904223, (1 << 32) - 1
_V, _B = 0x9E3779B9, 0x3C6EF372
ON_METAL = {"mps": r"mps(:\d+)?", "mlx": r"Device\(gpu, \d+\)", "tensorflow": r"GPU:\d+"}
"""What each framework calls the Mac's GPU: PyTorch's `Tensor.device`, MLX's `Device`, TensorFlow's `device:` name."""
FASTER = 1.0
"""A GPU multiplies large matrices faster than all of its Mac's CPU does by the same framework."""
LONGEST = 1 << 16
"""Characters; an answer has about one thousand."""
Kind = Literal["mps", "mlx", "tensorflow", "numpy"]
Word = Annotated[str, StringConstraints(max_length=200)]
Real = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


@dataclass(frozen=True)
class Question:
    """What is asked for: n by n matrices from `seed`, and the time of `timed` by `timed` ones."""

    kind: Kind
    seed: int
    n: int
    timed: int


class Answer(BaseModel):
    """What the job said. `devices` are where the parts of the answer lay, in the framework's words."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    format_version: Literal[1]
    kind: Kind
    seed: int
    n: int
    timed: int
    devices: Annotated[tuple[Word, ...], Field(min_length=1, max_length=16, strict=False)]
    name: Word
    digests: dict[Word, Word]
    gflop_s: Real
    cpu_gflop_s: Real
    versions: dict[Word, Word]

    @property
    def software(self) -> bool:
        """Whether something of it was not on a Mac's GPU."""
        rule = ON_METAL.get(self.kind)
        return rule is None or not all(re.fullmatch(rule, device) for device in self.devices)

    @property
    def ratio(self) -> float:
        """How many times as fast as the CPU; 0 where that has no figure."""
        return round(self.gflop_s / self.cpu_gflop_s, 3) if self.cpu_gflop_s >= SLOWEST else 0.0


class NoAnswer(Exception):
    """What was printed is no answer of the job; the message says why."""


def question(kind: Kind, seed: int, *, software: bool) -> Question:
    """The question to a device: on a CPU small matrices will do, a GPU needs large ones to show what it can."""
    return Question(kind, seed, 256, 512) if software else Question(kind, seed, 1024, 4096)


def read(text: str) -> Answer:
    """The job's answer in what it printed. Raises `NoAnswer`."""
    line = text.strip().rpartition("\n")[2]
    if len(line) > LONGEST:
        raise NoAnswer(f"it printed {len(line)} characters in one line")
    try:
        return Answer.model_validate_json(line)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise NoAnswer(f"{place + ': ' if place else ''}{fault['msg']}") from None


def _words(seed: int, count: int) -> list[int]:
    """So many numbers of 0 to 7: each place, mixed with the seed, after all rounds of the generator."""
    factor, term = _MIX, 0
    for _ in range(ROUNDS):
        factor, term = factor * _FACTOR & _MASK, (term * _FACTOR + _TERM) & _MASK
    return [((place ^ seed) * factor + term & _MASK) >> 29 for place in range(count)]


def _rows(numbers: Sequence[int], width: int) -> list[list[int]]:
    return [list(numbers[start : start + width]) for start in range(0, len(numbers), width)]


def expected(seed: int, n: int) -> dict[str, str]:
    """The sha256 of each part of the right answer, by its name."""
    u = _rows([word % 3 - 1 for word in _words(seed, n * RANK)], RANK)
    v = _rows([word % 3 - 1 for word in _words(seed ^ _V, RANK * n)], n)
    b = _rows([word - 4 for word in _words(seed ^ _B, n * n)], n)
    inner = [[sum(map(int.__mul__, v[r], column)) for column in zip(*b, strict=True)] for r in range(RANK)]
    known = {(p, q): [p * x + q * y for x, y in zip(*inner, strict=True)] for p in (-1, 0, 1) for q in (-1, 0, 1)}
    c = [known[row[0], row[1]] for row in u]
    sums = accumulate(c, lambda above, row: list(map(int.__add__, above, row)), initial=[0] * n)
    parts = {
        "product": [number for row in c for number in row],
        "rows": [sum(row) for row in c],
        "columns": list(sums)[-1],
        "largest": [max(row) for row in c],
        "smallest": [min(column) for column in zip(*c, strict=True)],
    }
    return {name: _digest(numbers) for name, numbers in parts.items()}


def _digest(numbers: Sequence[int]) -> str:
    """As 32-bit integers of the least significant byte first."""
    packed = array("i", numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return hashlib.sha256(packed.tobytes()).hexdigest()


def right(answer: Answer) -> dict[str, bool]:
    """Each part of the answer → whether it is the right one."""
    wanted = expected(answer.seed, answer.n)
    return {name: answer.digests.get(name) == digest for name, digest in wanted.items()}


def against(answer: Answer, asked: Question, *, accept_software: bool, chip: str) -> Iterator[tuple[str, str]]:
    """What stands against a proof: codes, and each in words; nothing where it holds. `chip` is the Mac's own name."""
    said = Question(answer.kind, answer.seed, answer.n, answer.timed)
    if said != asked:
        yield "METAL_FOREIGN", f"it is an answer to another question ({said}, not {asked})"
        return
    where = ", ".join(answer.devices)
    if answer.software and not accept_software:
        yield "METAL_CPU", f"{answer.kind} computed on {where}: that is not the Mac's GPU"
        return
    if wrong := [name for name, is_right in right(answer).items() if not is_right]:
        yield "METAL_WRONG_NUMBERS", f"{answer.kind} on {where} computed wrong numbers: {', '.join(wrong)}"
    if answer.name.startswith("Apple ") and chip and not answer.software and answer.name != chip:
        yield "METAL_OTHER_CHIP", f"{answer.kind} computed on {answer.name}, and this Mac is an {chip}"
    if min(answer.gflop_s, answer.cpu_gflop_s) < SLOWEST:
        yield "METAL_FOREIGN", "it has no figure of its speed"
    elif not (answer.software or accept_software) and answer.ratio <= FASTER:
        figures = f"{answer.gflop_s:.1f} GFLOP/s, and the Mac's CPU by the same framework {answer.cpu_gflop_s:.1f}"
        yield "METAL_SLOW", f"{answer.kind} on {where} computes at {figures}"


def as_dict(name: str, answer: Answer, accepted: bool) -> dict[str, Any]:
    """A proof as a Report has it. `claim` is `metal` for one that is accepted, on the GPU; else None."""
    jobs = right(answer)
    return {
        "environment": name,
        "kind": answer.kind,
        "accepted": accepted,
        "claim": "metal" if accepted and not answer.software else None,
        "software": answer.software,
        "device": answer.name or ", ".join(answer.devices),
        "devices": list(answer.devices),
        "jobs": {"ok": sum(jobs.values()), "all": len(jobs)},
        "compute_gflop_s": answer.gflop_s,
        "cpu_gflop_s": answer.cpu_gflop_s,
        "compute_ratio": answer.ratio,
        "versions": dict(answer.versions),
    }
