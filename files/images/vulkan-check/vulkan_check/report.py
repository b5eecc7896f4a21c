"""The result document: findings and verdict as JSON, written so that no reader ever sees half of it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vulkan_check import FORMAT_VERSION
from vulkan_check.model import Accept, Findings, Verdict


def document(findings: Findings, judged: Verdict, accept: Accept) -> dict[str, Any]:
    """The versioned JSON document. `measured_at` is UTC, to the second."""
    return {
        "format_version": FORMAT_VERSION,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "accept": accept,
        **findings.to_json(),
        "verdict": {
            "accepted": judged.accepted,
            "code": judged.code,
            "why": judged.why,
            "remedy": judged.remedy,
        },
    }


def write(path: Path, result: dict[str, Any]) -> None:
    """Write the document beside `path`, then rename it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(json.dumps(result) + "\n")
    beside.replace(path)


def read_verdict(path: Path) -> Verdict:
    """The verdict on record. Never raises: a missing or foreign document is a verdict too."""
    try:
        judged = json.loads(path.read_text())["verdict"]
        return Verdict(judged["accepted"] is True, str(judged["code"]), str(judged["why"]), str(judged["remedy"]))
    except FileNotFoundError:
        return Verdict(False, "not-measured", f"{path} does not exist yet", "wait until the check at start has ended")
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Verdict(False, "unreadable", f"{path} cannot be read: {error}", "restart the container")


def text(result: dict[str, Any]) -> str:
    """The document for people, rendered from the JSON."""
    judged, compute = result["verdict"], result["compute"]
    lines = [f"{'accepted' if judged['accepted'] else 'REFUSED'}: {judged['code']}: {judged['why']}"]
    lines += [f"remedy: {judged['remedy']}"] * bool(judged["remedy"])
    lines += [f"device: {d['name']} [{d['driver_id']}, {d['type']}, {d['driver_info']}]" for d in result["devices"]]
    if compute["through"]:
        lines.append(f"compute: {compute['elements']} values through {compute['through']} in {compute['run_s']} s")
    lines += [
        f"attempt: {a['driver']} {a['step']}: {a['outcome']} in {a['seconds']} s {a['message']}".rstrip()
        for a in result["attempts"]
    ]
    return "\n".join(lines)
