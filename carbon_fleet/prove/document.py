"""The proof document: what `vulkan-check prove --json` prints in a container (docs/prove.md).

It comes from a Mac, so nothing in it is believed before it has this shape; what is not needed here is left out.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

LONGEST = 2**20
"""Characters; a proof has some ten thousand."""
Word = Annotated[str, StringConstraints(max_length=2000)]
Real = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
SLOWEST = 1e-6
"""GB/s or GFLOP/s; less than that is no figure."""
Count = Annotated[int, Field(ge=0, le=2**63)]
Accept = Literal["apple", "software"]
Through = Literal["venus", "lavapipe"]
Outcome = Literal["ok", "wrong", "timeout", "error", "no_device"]


class Foreign(Exception):
    """The text is not a proof document; the message says why."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Device(_Part):
    """A Vulkan device as its driver describes it. `heap_bytes` is its largest device-local heap."""

    name: Word
    driver_id: Word
    driver_name: Word
    driver_info: Word
    type: Word
    vendor_id: Count
    api_version: Word
    heap_bytes: Count


class Job(_Part):
    """One computation with known answers. `tolerance` and `worst_error` are relative to the expected values' scale.

    A worst error may be infinite, or no number at all: garbage is not always finite. Times are in seconds.
    """

    name: Word
    kind: Literal["integer", "float"]
    elements: Count
    tolerance: Real
    wrong_values: Count
    worst_error: float | None
    outcome: Outcome
    message: Word = ""
    seconds: Real
    cpu_seconds: Real


class Bandwidth(_Part):
    """A copy inside device memory against the same on the CPU, in GB/s; `bytes` are moved in each pass."""

    bytes: Count
    gpu_gb_s: Real
    cpu_gb_s: Real


class Compute(_Part):
    """A product of two n by n matrices of f32 against the same on the CPU, in GFLOP/s."""

    n: Count
    gpu_gflop_s: Real
    cpu_gflop_s: Real


class Attempt(_Part):
    """One thing that was tried under a deadline."""

    driver: Word
    step: Word
    outcome: Outcome
    seconds: Real
    message: Word = ""


class Verdict(_Part):
    """What vulkan-check itself made of it."""

    accepted: bool
    code: Word
    why: Word
    remedy: Word = ""


class Proof(_Part):
    """One proof. `device` is what computed, `through` the driver in between; both None when nothing did."""

    format_version: Literal[1]
    kind: Literal["proof"]
    modelled: bool = False
    measured_at: Word
    accept: Accept
    devices: Annotated[tuple[Device, ...], Field(max_length=32, strict=False)]
    through: Through | None
    device: Device | None
    jobs: Annotated[tuple[Job, ...], Field(max_length=200, strict=False)]
    bandwidth: Bandwidth | None
    compute: Compute | None
    attempts: Annotated[tuple[Attempt, ...], Field(max_length=200, strict=False)]
    seconds: Real
    versions: dict[Word, Word]
    verdict: Verdict

    @property
    def venus(self) -> Device | None:
        """The first device whose driver says it is Venus; a name is no proof of that."""
        return next((device for device in self.devices if device.driver_id == "MESA_VENUS"), None)


def read_proof(text: str) -> Proof:
    """The document in `text`; raises `Foreign`, whose message is one line for people."""
    if len(text) > LONGEST:
        raise Foreign(f"it is {len(text)} characters long; a proof has at most {LONGEST}")
    try:
        return Proof.model_validate_json(text)
    except ValidationError as error:
        raise Foreign(_first(error)) from None


def _first(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}" if place else str(fault["msg"])
