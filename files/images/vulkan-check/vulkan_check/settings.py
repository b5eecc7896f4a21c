"""The check's settings, read from the environment once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from vulkan_check.model import Accept

RESULT = Path("/run/vulkan-check/result.json")
LAVAPIPE_MANIFESTS = Path("/usr/share/vulkan/icd.d")


class BadSetting(ValueError):
    """An environment variable holds what it must not; the text says what to write."""


@dataclass(frozen=True)
class Settings:
    """What is accepted, and the deadlines (seconds) of the three steps and of a whole proof."""

    accept: Accept = "apple"
    enumerate_s: float = 15.0
    probe_s: float = 5.0
    compute_s: float = 20.0
    prove_s: float = 120.0
    elements: int = 1 << 20
    result: Path = RESULT

    @classmethod
    def from_environment(cls, env: Mapping[str, str]) -> Settings:
        """Read CARBON_ACCEPT, CARBON_{ENUMERATE,PROBE,COMPUTE,PROVE}_SECONDS and CARBON_RESULT. Raises BadSetting."""
        accept = env.get("CARBON_ACCEPT", cls.accept)
        if accept not in ("apple", "software"):
            raise BadSetting(f"CARBON_ACCEPT is {accept!r}; write apple (a real Mac) or software (a simulated lab)")
        return cls(
            accept=cast("Accept", accept),
            enumerate_s=_seconds(env, "CARBON_ENUMERATE_SECONDS", cls.enumerate_s),
            probe_s=_seconds(env, "CARBON_PROBE_SECONDS", cls.probe_s),
            compute_s=_seconds(env, "CARBON_COMPUTE_SECONDS", cls.compute_s),
            prove_s=_seconds(env, "CARBON_PROVE_SECONDS", cls.prove_s),
            result=Path(env.get("CARBON_RESULT", str(RESULT))),
        )


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text = env.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 3600:
        raise BadSetting(f"{name} is {text!r}; write a number of seconds above 0 and up to 3600")
    return value


def lavapipe_manifest(directory: Path = LAVAPIPE_MANIFESTS) -> Path | None:
    """Where lavapipe's manifest is, if the image was built with SOFTWARE=yes."""
    return next(iter(sorted(directory.glob("lvp_icd*.json"))), None)


def lavapipe_environment(env: Mapping[str, str], manifest: Path) -> dict[str, str]:
    """The same environment with lavapipe as the only driver, and nothing of Venus left."""
    kept = {k: v for k, v in env.items() if not k.startswith(("VN_", "VTEST_"))}
    return {**kept, "VK_DRIVER_FILES": str(manifest), "VK_ICD_FILENAMES": str(manifest)}
