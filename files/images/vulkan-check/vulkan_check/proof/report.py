"""The proof document, and its text for people, rendered from the JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from vulkan_check.model import Accept
from vulkan_check.proof.model import Proof
from vulkan_check.proof.verdict import verdict

FORMAT_VERSION = 1


def document(proof: Proof, accept: Accept) -> dict[str, Any]:
    """The versioned JSON document. `measured_at` is UTC, to the second."""
    return {
        "format_version": FORMAT_VERSION,
        "kind": "proof",
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "accept": accept,
        **proof.to_json(),
        "verdict": asdict(verdict(proof, accept)),
    }


def text(result: dict[str, Any]) -> str:
    """The document in lines for people."""
    judged, moved, rate = result["verdict"], result["bandwidth"], result["compute"]
    lines = [f"{'accepted' if judged['accepted'] else 'REFUSED'}: {judged['code']}: {judged['why']}"]
    lines += [f"remedy: {judged['remedy']}"] * bool(judged["remedy"])
    lines += [
        f"device: {d['name']} [{d['driver_id']}, {d['type']}, {d['driver_info']}], {d['heap_bytes'] / 2**30:.1f} GiB"
        for d in result["devices"]
    ]
    lines += [_job(job) for job in result["jobs"]]
    if moved:
        lines.append(f"memory: {moved['gpu_gb_s']} GB/s; one CPU core {moved['cpu_gb_s']}: {moved['ratio']} times")
    if rate:
        lines.append(
            f"products: {rate['gpu_gflop_s']} GFLOP/s; one CPU core {rate['cpu_gflop_s']}: {rate['ratio']} times"
        )
    if rate and rate["cpu_all_gflop_s"]:
        lines.append(f"products: {rate['cpu_threads']} CPU threads together {rate['cpu_all_gflop_s']} GFLOP/s")
    lines += [
        f"attempt: {a['driver']} {a['step']}: {a['outcome']} in {a['seconds']} s {a['message']}".rstrip()
        for a in result["attempts"]
    ]
    return "\n".join([*lines, f"{result['seconds']} s in all"])


def _job(job: dict[str, Any]) -> str:
    error = f"error {job['worst_error']:.2g} of {job['tolerance']:.2g}" if job["outcome"] in ("ok", "wrong") else ""
    return f"job: {job['name']} ({job['elements']}): {job['outcome']} {error} {job['message']}".rstrip()
