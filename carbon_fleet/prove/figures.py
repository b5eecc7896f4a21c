"""The two figures of a proof, and when they are called slower than a Mac's own baseline; pure."""

from pydantic import BaseModel, ConfigDict, Field

from carbon_fleet.prove.document import SLOWEST, Proof

BOUND = 0.75
"""A figure below this share of the baseline is a regression (docs/prove.md says why so much)."""
SOFTWARE_BOUND = 0.1
"""The same for a software device: it shares the CPU with everything else, and a third was seen within a minute."""


class Figures(BaseModel):
    """What a device did: GB/s moved inside its memory, GFLOP/s in an n by n product of f32 matrices.

    The ratios are against one core of the virtual machine's CPU, doing the same.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bandwidth_gb_s: float = Field(ge=SLOWEST, le=1e12, allow_inf_nan=False)
    bandwidth_ratio: float = Field(ge=0, le=1e18, allow_inf_nan=False)
    compute_gflop_s: float = Field(ge=SLOWEST, le=1e12, allow_inf_nan=False)
    compute_ratio: float = Field(ge=0, le=1e18, allow_inf_nan=False)
    n: int

    def shares(self, before: "Figures") -> dict[str, float]:
        """Each figure as a share of what it was before."""
        return {
            "bandwidth": round(self.bandwidth_gb_s / before.bandwidth_gb_s, 3),
            "compute": round(self.compute_gflop_s / before.compute_gflop_s, 3),
        }

    def best(self, other: "Figures") -> "Figures":
        """The better of each figure out of two measurements."""
        fast = max(self, other, key=lambda one: one.bandwidth_gb_s)
        quick = max(self, other, key=lambda one: one.compute_gflop_s)
        moved = {"bandwidth_gb_s": fast.bandwidth_gb_s, "bandwidth_ratio": fast.bandwidth_ratio}
        return quick.model_copy(update=moved)


def figures_of(proof: Proof) -> Figures | None:
    """The figures of a proof; None when it has not both."""
    bandwidth, compute = proof.bandwidth, proof.compute
    if not bandwidth or not compute or min(bandwidth.gpu_gb_s, compute.gpu_gflop_s) < SLOWEST:
        return None
    return Figures(
        bandwidth_gb_s=bandwidth.gpu_gb_s,
        bandwidth_ratio=_ratio(bandwidth.gpu_gb_s, bandwidth.cpu_gb_s),
        compute_gflop_s=compute.gpu_gflop_s,
        compute_ratio=_ratio(compute.gpu_gflop_s, compute.cpu_gflop_s),
        n=compute.n,
    )


def _ratio(gpu: float, cpu: float) -> float:
    return round(gpu / cpu, 3) if cpu >= SLOWEST else 0.0


def slower(now: Figures, before: Figures, *, software: bool) -> dict[str, float]:
    """The figures that fell below the bound → their share of the baseline."""
    bound = SOFTWARE_BOUND if software else BOUND
    return {name: share for name, share in now.shares(before).items() if share < bound}
