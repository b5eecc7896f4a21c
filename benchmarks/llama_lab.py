"""A simulated lab whose Macs have the llama image, and the model that is measured there."""

import hashlib
import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from benchmarks.tiny_gguf import write
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.sim.registry import LabServices


def tiny_model(folder: Path) -> tuple[str, str]:
    """The tiny model's path and its sha256."""
    path = folder / "tiny.gguf"
    write(str(path))
    return str(path), hashlib.sha256(path.read_bytes()).hexdigest()


def built_in_place(lab: SimulatedLab) -> str:
    """For a lab of real VMs: a copy of its file that wishes the llama image too, built in each VM."""
    services = _services(lab)
    return _copy(lab, {"llama": {"base": services.base_reference}})


def brought_in(lab: SimulatedLab) -> str:
    """For a lab of emulated VMs: its file with the llama image by digest; the registry has it, built at full speed."""
    references = json.loads((lab.state.directory / "services" / "images.json").read_text())
    return _copy(lab, {"llama": {"pull": references["llama"]}}, stacks=[])


def _services(lab: SimulatedLab) -> LabServices:
    told = json.loads((lab.state.directory / "services" / "services.json").read_text())
    return LabServices(**{field.name: told[field.name] for field in fields(LabServices)})


def _copy(lab: SimulatedLab, images: dict[str, Any], **more: Any) -> str:
    document: dict[str, Any] = yaml.safe_load(lab.file.read_text())
    defaults = document["defaults"]
    defaults |= {"images": {**defaults.get("images", {}), **images}, **more}
    path = lab.file.with_name("lab-with-llama.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path)


def fleet(*words: str, seconds: int) -> dict[str, Any]:
    """One verb's Report; what it tells on its way goes to standard error."""
    command = [sys.executable, "-m", "carbon_fleet", *words, "--json"]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=seconds)
    report: dict[str, Any] = json.loads(ran.stdout)
    return report
