"""A proof against its Mac's baseline: first, kept, rebased, replaced, or slower; and what moved in between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from carbon_fleet.prove.baseline import Baseline
from carbon_fleet.prove.figures import BOUND, SOFTWARE_BOUND, slower
from carbon_fleet.prove.stack import moved
from carbon_fleet.report.document import Failure

State = Literal["first", "kept", "rebased", "replaced"]
UNITS = {"bandwidth": ("bandwidth_gb_s", "GB/s"), "compute": ("compute_gflop_s", "GFLOP/s")}
NORMAL = "if this is how it is to be from now on: `carbon-fleet prove LAB MAC --rebase`"


@dataclass(frozen=True)
class Comparison:
    """One proof beside what was kept; `slower` has the figures out of bounds, as shares of the baseline's."""

    state: State
    now: Baseline
    before: Baseline | None = None
    slower: Mapping[str, float] = field(default_factory=dict)
    software: bool = False

    @property
    def keeps(self) -> bool:
        """Whether the proof becomes the baseline."""
        return self.state != "kept"

    @property
    def moved(self) -> dict[str, tuple[str, str]]:
        """The versions that moved since the baseline → (before, after)."""
        return moved(self.before.versions, self.now.versions) if self.before else {}

    def as_dict(self) -> dict[str, Any]:
        """The Report's view of it."""
        reference = self.before if self.before and self.state == "kept" else self.now
        return {
            "state": self.state,
            "measured_at": reference.measured_at,
            "figures": reference.figures.model_dump(),
            "shares": self.now.figures.shares(reference.figures),
            "moved": {name: list(pair) for name, pair in self.moved.items()},
        }

    def drift(self) -> dict[str, Any] | None:
        """The regression as drift of class environment; None when there is none."""
        if not self.slower:
            return None
        bound = SOFTWARE_BOUND if self.software else BOUND
        moved = {name: list(pair) for name, pair in self.moved.items()}
        return {
            "class": "environment",
            "code": "GPU_REGRESSED",
            "slower": dict(self.slower),
            "bound": bound,
            "moved": moved,
        }


def compare(now: Baseline, before: Baseline | None, *, rebase: bool, software: bool) -> Comparison:
    """Lay an accepted proof beside the baseline there is."""
    if before is None:
        return Comparison("first", now)
    if rebase:
        return Comparison("rebased", now, before)
    if not now.same_hardware(before):
        return Comparison("replaced", now, before)
    return Comparison("kept", now, before, slower(now.figures, before.figures, software=software), software)


def regressed(comparison: Comparison) -> Failure | None:
    """The failure of a proof that is slower than its baseline, with the versions that moved."""
    before = comparison.before
    if not comparison.slower or before is None:
        return None
    fell = [_fell(name, share, comparison.now, before) for name, share in comparison.slower.items()]
    what = f"{' and '.join(fell)} since the baseline of {before.measured_at}; two measurements in a row say so"
    changes = ", ".join(f"{name} {old} → {new}" for name, (old, new) in comparison.moved.items())
    if changes:
        why = f"moved since then: {changes}"
        remedy = f"take back what moved, one by one, or quit what else uses the GPU, and prove again; {NORMAL}"
    else:
        why = "nothing that is tracked moved since then: the cause may be heat, load, power settings, or not tracked"
        remedy = f"quit what else uses the GPU, let the Mac cool, and prove again; {NORMAL}"
    return Failure("environment.gpu", "GPU_REGRESSED", what, why, remedy)


def _fell(name: str, share: float, now: Baseline, before: Baseline) -> str:
    attribute, unit = UNITS[name]
    old, new = getattr(before.figures, attribute), getattr(now.figures, attribute)
    return f"{name} fell from {old:.1f} to {new:.1f} {unit} ({share:.0%})"


def replaced(comparison: Comparison) -> Failure | None:
    """The notice of a baseline that was other hardware's and therefore gave way."""
    now, before = comparison.now, comparison.before
    if comparison.state != "replaced" or before is None:
        return None
    what = f"the baseline was {before.device} on {before.chip} through {before.through}"
    what += f"; this is {now.device} on {now.chip} through {now.through}"
    why = "figures of different hardware say nothing about each other"
    return Failure("gpu", "BASELINE_REPLACED", what, why, "nothing, if the Mac was exchanged; else look what it is now")
