"""What a check found, as frozen values that go to JSON and come back unchanged."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Accept = Literal["apple", "software"]
Outcome = Literal["ok", "wrong", "timeout", "no_device", "error"]
Through = Literal["venus", "lavapipe"]
Step = Literal["enumerate", "probe", "compute", "cpu"]
Node = Literal["present", "denied", "missing"]
"""What this container has at /dev/dri/renderD128."""


@dataclass(frozen=True)
class Device:
    """A Vulkan device as its driver describes it. `type` is a VkPhysicalDeviceType without its prefix."""

    name: str
    driver_id: str
    driver_name: str
    driver_info: str
    type: str
    vendor_id: int
    api_version: str


@dataclass(frozen=True)
class Attempt:
    """One thing tried in a process of its own, under a deadline. `seconds` is wall time."""

    driver: Through
    step: Step
    outcome: Outcome
    seconds: float
    message: str = ""


@dataclass(frozen=True)
class Compute:
    """The numeric job's result. `through` is None when no attempt gave numbers; times are seconds."""

    through: Through | None = None
    device: str | None = None
    device_type: str | None = None
    vendor_id: int | None = None
    elements: int = 0
    ok: bool = False
    init_s: float | None = None
    run_s: float | None = None
    wrong_values: int | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether the findings are good enough, a stable code for machines, why, and what a person can do about it."""

    accepted: bool
    code: str
    why: str
    remedy: str = ""


@dataclass(frozen=True)
class Findings:
    """All that was seen: the devices of the selected driver, each attempt, and the numbers."""

    devices: tuple[Device, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    compute: Compute = field(default_factory=Compute)
    versions: dict[str, str] = field(default_factory=dict)
    node: Node = "present"

    def venus(self) -> Device | None:
        """The first device whose driver says it is Venus; the name is no proof, the driver id is."""
        return next((d for d in self.devices if d.driver_id == "MESA_VENUS"), None)

    def to_json(self) -> dict[str, Any]:
        """The findings as JSON values, with the Venus device singled out for readers.

        Whether the node is there is told by the verdict's code alone.
        """
        venus = self.venus()
        return {
            "devices": [asdict(d) for d in self.devices],
            "venus": _venus_json(venus),
            "compute": asdict(self.compute),
            "attempts": [asdict(a) for a in self.attempts],
            "versions": dict(self.versions),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any], node: Node = "present") -> Findings:
        """The inverse of `to_json`. Raises KeyError or TypeError where the document is not one of ours."""
        return cls(
            devices=tuple(Device(**d) for d in document["devices"]),
            attempts=tuple(Attempt(**a) for a in document["attempts"]),
            compute=Compute(**document["compute"]),
            versions=dict(document["versions"]),
            node=node,
        )


def _venus_json(device: Device | None) -> dict[str, Any]:
    if device is None:
        return {"enumerated": False, "driver": None, "device": None}
    return {
        "enumerated": True,
        "driver": {"id": device.driver_id, "name": device.driver_name, "info": device.driver_info},
        "device": {
            "name": device.name,
            "type": device.type,
            "vendor_id": device.vendor_id,
            "api_version": device.api_version,
        },
    }
