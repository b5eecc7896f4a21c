"""The order of the steps: which devices, can memory be mapped, do the numbers come out right."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vulkan_check.attempt import attempt
from vulkan_check.model import Attempt, Compute, Device, Findings, Node, Step, Through
from vulkan_check.settings import Settings, lavapipe_environment, lavapipe_manifest
from vulkan_check.verdict import NODE, is_apple

Try = Callable[[Through, Step, int, float, Mapping[str, str]], tuple[Attempt, dict[str, Any]]]


def node(path: Path = Path(NODE)) -> Node:
    """What this container has at the render node's place."""
    if not path.exists():
        return "missing"
    return "present" if os.access(path, os.R_OK | os.W_OK) else "denied"


def measure(
    settings: Settings,
    env: Mapping[str, str],
    manifest: Path | None = None,
    run: Try = attempt,
    present: Node | None = None,
) -> Findings:
    """Look at the selected driver, and compute through it; through lavapipe only where software is accepted.

    `manifest` is lavapipe's, `present` what is at the render node's place; both are looked for when None. `run` runs
    one step.
    """
    fallback = (manifest or lavapipe_manifest()) if settings.accept == "software" else None
    listing, listed = run("venus", "enumerate", 0, settings.enumerate_s, env)
    found = Findings(tuple(Device(**d) for d in listed.get("devices", [])), (listing,), node=present or node())
    numbers: dict[str, Any] = {}
    if _worth_computing(found.venus(), settings):
        tried, numbers = _through_venus(settings, env, fallback is not None, run)
        found = _with(found, tried)
    if fallback and found.venus() and not numbers:
        tried_one, numbers = _compute("lavapipe", settings, lavapipe_environment(env, fallback), run)
        found = _with(found, (tried_one,))
    return replace(found, compute=_numbers(found, numbers), versions=_versions(listed, numbers, found))


def _worth_computing(venus: Device | None, settings: Settings) -> bool:
    """A device that cannot be accepted is named, not computed on: its deadlines would only delay the refusal."""
    return venus is not None and (settings.accept == "software" or is_apple(venus))


def _with(found: Findings, more: tuple[Attempt, ...]) -> Findings:
    return replace(found, attempts=found.attempts + more)


def _through_venus(
    settings: Settings, env: Mapping[str, str], has_fallback: bool, run: Try
) -> tuple[tuple[Attempt, ...], dict[str, Any]]:
    probed, _ = run("venus", "probe", 0, settings.probe_s, env)
    # A probe that hangs foretells a job that hangs. Where lavapipe can answer instead, the long deadline is not worth
    # waiting for; on a real Mac nothing else can answer, and a slow start must not look like a broken driver.
    if probed.outcome != "ok" and has_fallback:
        return (probed,), {}
    first, numbers = _compute("venus", settings, env, run)
    if first.outcome != "error":
        return (probed, first), numbers
    # About one run in ten dies in the ring ("vn_ring_submit abort on fatal") on healthy Macs.
    second, numbers = _compute("venus", settings, env, run)
    return (probed, first, second), numbers


def _compute(through: Through, settings: Settings, env: Mapping[str, str], run: Try) -> tuple[Attempt, dict[str, Any]]:
    return run(through, "compute", settings.elements, settings.compute_s, env)


def _numbers(found: Findings, numbers: dict[str, Any]) -> Compute:
    if "wrong_values" not in numbers:
        return Compute()
    kept = {k: numbers[k] for k in Compute.__dataclass_fields__ if k in numbers}
    return Compute(through=found.attempts[-1].driver, ok=numbers["wrong_values"] == 0, **kept)


def _versions(listed: dict[str, Any], numbers: dict[str, Any], found: Findings) -> dict[str, str]:
    venus = found.venus()
    versions = {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "kernel": os.uname().release,
        "loader": listed.get("loader"),
        "wgpu": numbers.get("wgpu"),
        "venus_driver": venus.driver_info if venus else None,
    }
    return {name: str(value) for name, value in versions.items() if value}
