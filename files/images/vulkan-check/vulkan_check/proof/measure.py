"""The order of a proof: which devices, can memory be mapped, the jobs, and what all CPU cores do together."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vulkan_check.attempt import attempt
from vulkan_check.measure import node
from vulkan_check.model import Attempt, Node, Step, Through
from vulkan_check.proof.model import Bandwidth, Job, Proof, ProofDevice, Rate
from vulkan_check.proof.stream import stream
from vulkan_check.proof.told import Told, not_run
from vulkan_check.proof.verdict import worth_computing
from vulkan_check.settings import Settings, lavapipe_environment, lavapipe_manifest

NEON = "NEOVERSEN1"
Stream = Callable[[Through, int, float, float, Mapping[str, str]], tuple[Attempt, Told]]
Try = Callable[[Through, Step, int, float, Mapping[str, str]], tuple[Attempt, dict[str, Any]]]


class Prover:
    """One proof under way. `env` is the program's own; `run` and `jobs` run a step and the jobs in processes."""

    def __init__(self, settings: Settings, env: Mapping[str, str], run: Try = attempt, jobs: Stream = stream) -> None:
        self._settings, self._env, self._run, self._jobs = settings, env, run, jobs
        self._started = time.monotonic()
        self._proof = Proof()

    def prove(self, present: Node, lavapipe: Path | None) -> Proof:
        """Do all of it. `lavapipe` is its manifest, None where it must not or cannot stand in."""
        versions = {"python": platform.python_version(), "machine": platform.machine(), "kernel": os.uname().release}
        self._proof = Proof(node=present, versions=versions)
        found = self._enumerate("venus", self._env)
        venus = replace(self._proof, devices=found).venus()
        if venus:
            self._proof.versions["venus_driver"] = venus.driver_info
        self._proof = replace(self._proof, devices=found)
        if venus and worth_computing(venus, self._settings.accept):
            if self._step("venus", "probe", self._settings.probe_s, self._env)[0].outcome == "ok" or not lavapipe:
                self._compute("venus", found, self._env)
            if lavapipe and not any(job.outcome in ("ok", "wrong") for job in self._proof.jobs):
                around = lavapipe_environment(self._env, lavapipe)
                self._compute("lavapipe", self._enumerate("lavapipe", around), around)
        self._all_cores()
        return replace(self._proof, seconds=round(time.monotonic() - self._started, 3))

    def _left(self) -> float:
        return max(0.1, self._settings.prove_s - (time.monotonic() - self._started))

    def _step(
        self, through: Through, step: Step, deadline: float, env: Mapping[str, str]
    ) -> tuple[Attempt, dict[str, Any]]:
        tried, answer = self._run(through, step, 0, min(deadline, self._left()), env)
        self._proof = replace(self._proof, attempts=(*self._proof.attempts, tried))
        return tried, answer

    def _enumerate(self, through: Through, env: Mapping[str, str]) -> tuple[ProofDevice, ...]:
        _, listed = self._step(through, "enumerate", self._settings.enumerate_s, env)
        if listed.get("loader"):
            self._proof.versions["loader"] = str(listed["loader"])
        pairs = zip(listed.get("devices", []), listed.get("heaps", []), strict=True)
        return tuple(ProofDevice(**device, heap_bytes=heap) for device, heap in pairs)

    def _compute(self, through: Through, devices: tuple[ProofDevice, ...], env: Mapping[str, str]) -> None:
        """The jobs; those a crash left open are tried once more. Wrong numbers and hangs are not."""
        told = self._tell(through, 0, env)
        done = told.jobs
        if told.outcome == "error":
            again = self._tell(through, len(done), env)
            told, done = again.after(told), [*done, *again.jobs]
        self._proof = replace(
            self._proof,
            through=through if told.device else None,
            device=next((d for d in devices if d.name == told.device), None),
            jobs=tuple(Job(**job) for job in [*done, *not_run(told, done)]),
            bandwidth=Bandwidth(**told.bandwidth) if told.bandwidth else None,
            compute=Rate(**told.compute) if told.compute else None,
            versions=self._proof.versions | told.versions,
        )

    def _tell(self, through: Through, first: int, env: Mapping[str, str]) -> Told:
        tried, told = self._jobs(through, first, self._settings.compute_s, self._left(), one_core(env))
        self._proof = replace(self._proof, attempts=(*self._proof.attempts, tried))
        return told

    def _all_cores(self) -> None:
        rate = self._proof.compute
        if rate is None:
            return
        _, answer = self._run("venus", "cpu", rate.n, min(self._settings.compute_s, self._left()), self._env)
        if "gflop_s" in answer:
            rate = replace(rate, cpu_all_gflop_s=answer["gflop_s"], cpu_threads=answer["threads"])
            self._proof = replace(self._proof, compute=rate)


def one_core(env: Mapping[str, str], machine: str = "") -> dict[str, str]:
    """`env` with numpy's BLAS on one core; on Arm always with the same kernels, matrix unit or not."""
    fixed = {"OPENBLAS_CORETYPE": NEON} if (machine or platform.machine()) == "aarch64" else {}
    return {**env, "OPENBLAS_NUM_THREADS": "1", **fixed}


def prove(settings: Settings, env: Mapping[str, str]) -> Proof:
    """Prove on this machine, with what it has."""
    return Prover(settings, env).prove(node(), lavapipe_manifest() if settings.accept == "software" else None)
