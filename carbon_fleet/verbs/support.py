"""The support bundle of `doctor --bundle`: one file somebody may send, without names, addresses and secrets."""

import io
import json
import os
import platform
import sys
import tarfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from carbon_fleet.evidence.redact import Redactor
from carbon_fleet.plan.applied import versions
from carbon_fleet.report.document import Exit, Report
from carbon_fleet.report.redaction import HIDDEN
from carbon_fleet.runs.places import JOURNAL, REPORT, run_directory
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.snapshot.section import Section
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verbs.evidence import names
from carbon_fleet.verbs.finding import ended_runs
from carbon_fleet.verbs.stop import Stop

LIBRARIES = ("carbon-fleet", "pyinfra", "pydantic", "paramiko")
FREE = frozenset({"content", "environment", "start"})
"""Keys of a lab file below which anything may stand, secrets among it: only how much it is is told."""
CHANGED = ("apply", "drift", "doctor")


def write_bundle(path: Path, lab: Lab, macs: Sequence[Mac], report: Report, snapshots: Mapping[str, Snapshot]) -> None:
    """Write the bundle to `path`, readable by its owner alone; what cannot be written ends the verb with 1."""
    parts = bundle(lab, macs, report, snapshots)
    try:
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            _archive(file, parts)
        beside.replace(path)
    except OSError as error:
        print(f"--bundle {path}: cannot be written: {error.strerror}", file=sys.stderr)
        raise Stop(Exit.WE_FAILED) from None
    print(f"{path}: {len(parts)} files, redacted; look at them before you send it", file=sys.stderr)


def _archive(file: IO[bytes], parts: Mapping[str, str]) -> None:
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, text in parts.items():
            _add(archive, name, text.encode())


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    about = tarfile.TarInfo(f"carbon-fleet-support/{name}")
    about.size, about.mode = len(content), 0o600
    archive.addfile(about, io.BytesIO(content))


def bundle(lab: Lab, macs: Sequence[Mac], report: Report, snapshots: Mapping[str, Snapshot]) -> dict[str, str]:
    """The files of the bundle, by name, as they may be shown."""
    parts: dict[str, Any] = {"doctor.json": report.as_dict(), "versions.json": _versions(snapshots)}
    for number, mac in enumerate(macs, 1):
        parts[f"wish-{number}.json"] = _without_free(mac.wish())
        if mac.name in snapshots:
            parts[f"probe-{number}.json"] = _plain(snapshots[mac.name])
    last = next((entry for entry in reversed(ended_runs(lab.name, CHANGED)) if entry.run != report.run), None)
    if last is not None:
        parts |= _of_run(last.run)
    redactor = Redactor({each: placeholder for mac in macs for each, placeholder in names(lab, mac).items()})
    redactor.learn(parts)
    return {name: _text(redactor.redacted(HIDDEN.of(value))) for name, value in parts.items()}


def _text(value: Any) -> str:
    return json.dumps(value, indent=1, default=str) + "\n"


def _of_run(run: str) -> dict[str, Any]:
    """The Report and the journal of the run before this one."""
    found: dict[str, Any] = {}
    for name, file in (("last-report.json", REPORT), ("last-journal.json", JOURNAL)):
        with suppress(OSError, ValueError):
            text = (run_directory(run) / file).read_text(encoding="utf-8", errors="replace")
            found[name] = json.loads(text) if file == REPORT else [json.loads(line) for line in text.splitlines()]
    return found


def _versions(snapshots: Mapping[str, Snapshot]) -> dict[str, Any]:
    own = {name: version(name) for name in LIBRARIES}
    seen = {name: versions(snapshot) for name, snapshot in snapshots.items()}
    return {"controller": {**own, "python": platform.python_version(), "system": platform.platform()}, "macs": seen}


def _without_free(wish: Any) -> Any:
    if isinstance(wish, dict):
        return {key: _size(value) if key in FREE else _without_free(value) for key, value in wish.items()}
    return [_without_free(each) for each in wish] if isinstance(wish, list | tuple) else wish


def _size(value: Any) -> str:
    return f"<{len(json.dumps(value, default=str))} characters>" if value else ""


def _plain(snapshot: Snapshot) -> dict[str, Any]:
    sections = {name: _section(section) for name, section in snapshot.sections.items()}
    return {"guest": snapshot.guest, "detail": snapshot.guest_detail, "whole": snapshot.complete, "sections": sections}


def _section(section: Section) -> dict[str, Any]:
    """Facts and what commands said. What files hold is left out: it may be anything."""
    blocks = {
        name: {"status": block.status, "out": [] if _holds(name) else list(block.out), "err": list(block.err)}
        for name, block in section.blocks.items()
    }
    facts = {key: list(values) for key, values in section.facts.items()}
    return {"status": section.status, "facts": facts, "blocks": blocks, "err": list(section.err)}


def _holds(block: str) -> bool:
    return block in ("files", "kept") or block.startswith("file ")
