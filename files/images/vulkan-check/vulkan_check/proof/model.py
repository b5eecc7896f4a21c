"""What a proof found, as frozen values that go to JSON and come back unchanged."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from vulkan_check.model import Attempt, Device, Node, Outcome, Through


@dataclass(frozen=True)
class ProofDevice(Device):
    """A device and the size of its largest device-local heap in bytes."""

    heap_bytes: int


@dataclass(frozen=True)
class Job:
    """One job with known answers.

    `elements` counts the numbers the job is about, `wrong_values` those of its answers beyond `tolerance`; times are
    seconds, of the device and of one CPU core. `worst_error` is in the unit of `tolerance`: absolute for integers,
    relative for floats, for matrix products relative to |A||B|.
    """

    name: str
    kind: Literal["integer", "float"]
    elements: int
    tolerance: float
    wrong_values: int
    worst_error: float
    outcome: Outcome
    message: str
    seconds: float
    cpu_seconds: float

    @property
    def label(self) -> str:
        """The job as people read it: `sum-i32 (1048576)`."""
        return f"{self.name} ({self.elements})"


@dataclass(frozen=True)
class Bandwidth:
    """Memory traffic in 10^9 bytes a second; `bytes` is what one pass moves, `ratio` is GPU by one CPU core."""

    bytes: int
    gpu_gb_s: float
    cpu_gb_s: float
    ratio: float


@dataclass(frozen=True)
class Rate:
    """Products of two n by n float matrices, in 10^9 operations a second; `ratio` is GPU by one CPU core.

    `cpu_all_gflop_s` is what `cpu_threads` threads reach together; None where that was not measured.
    """

    n: int
    gpu_gflop_s: float
    cpu_gflop_s: float
    ratio: float
    cpu_all_gflop_s: float | None = None
    cpu_threads: int | None = None


@dataclass(frozen=True)
class Proof:
    """All that was found. `device` is the enumerated device that computed; None where none did, or an unlisted one."""

    devices: tuple[ProofDevice, ...] = ()
    node: Node = "present"
    through: Through | None = None
    device: ProofDevice | None = None
    jobs: tuple[Job, ...] = ()
    bandwidth: Bandwidth | None = None
    compute: Rate | None = None
    attempts: tuple[Attempt, ...] = ()
    seconds: float = 0.0
    versions: dict[str, str] = field(default_factory=dict)

    def venus(self) -> ProofDevice | None:
        """The first device whose driver says it is Venus; the name is no proof, the driver id is."""
        return next((d for d in self.devices if d.driver_id == "MESA_VENUS"), None)

    def to_json(self) -> dict[str, Any]:
        """The proof as JSON values. Whether the node is there is told by the verdict's code alone."""
        return {key: value for key, value in asdict(self).items() if key != "node"}

    @classmethod
    def from_json(cls, document: dict[str, Any], node: Node = "present") -> Proof:
        """The inverse of `to_json`. Raises KeyError or TypeError where the document is not one of ours."""
        rates, moved, device = document["compute"], document["bandwidth"], document["device"]
        return cls(
            devices=tuple(ProofDevice(**d) for d in document["devices"]),
            node=node,
            through=document["through"],
            device=ProofDevice(**device) if device else None,
            jobs=tuple(Job(**j) for j in document["jobs"]),
            bandwidth=Bandwidth(**moved) if moved else None,
            compute=Rate(**rates) if rates else None,
            attempts=tuple(Attempt(**a) for a in document["attempts"]),
            seconds=document["seconds"],
            versions=dict(document["versions"]),
        )
