"""A lab of three Macs, and what a probe told of one: the transcript of a converged Mac, with what newer probes add."""

from dataclasses import replace
from pathlib import Path

from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot, read_snapshot
from carbon_fleet.spec import Lab, lab_from_text
from carbon_fleet.spec.lockfile import lock_from_text

TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "probe"
FILE = """\
lab: brisbane
defaults: {user: lab, accept_software_gpu: true, machine: {name: carbon}, stacks: [vulkan-check]MORE}
macs:
  mac-01: {host: 10.0.0.11}
  mac-02: {host: 10.0.0.12}
  mac-03: {host: 10.0.0.13}
"""
LOCK = """\
format_version: 1
lab: brisbane
sets:
- macs: [mac-01, mac-02]
  verified: {mac-01: run-1, mac-02: run-1}
  things: {podman: 6.1.1, krunkit: 1.3.2, macos: 26.1 (25B78), image.venus: aa}
  taps: {podman: homebrew/core@1234}
"""
BOTTLE = "b0" * 32


def lab(more: str = "") -> Lab:
    return lab_from_text(FILE.replace("MORE", more), lab_sections())


def locked_lab(text: str = LOCK, more: str = "") -> Lab:
    """The lab with a lock, as `load_lab` gives it."""
    made, lock = lab(more), lock_from_text(text, "brisbane", "brisbane.lock.yml")
    return replace(
        made, macs={name: replace(mac, locked=lock.of(name)) for name, mac in made.macs.items()}, locked=lock
    )


def snapshot(name: str = "converged") -> Snapshot:
    """A transcript of a probe, which has no kernel, no podman of the machine and no bottle yet: those are added."""
    seen = read_snapshot("mac-01", (TRANSCRIPTS / f"{name}.txt").read_text().splitlines())
    sections = dict(seen.sections)
    told = ("ProductName:\t\tmacOS", "ProductVersion:\t\t26.1", "BuildVersion:\t\t25B78")
    sections["record"] = Section("record", blocks={"macos": Block("macos", 0, told)})
    brew = sections["homebrew"]
    sections["homebrew"] = replace(brew, facts={**brew.facts, "bottle": (f"krunkit 1.3.2 {BOTTLE}",)})
    if seen.guest is Guest.REACHED:
        guest = sections["guest"]
        facts = {**guest.facts, "kernel": ("7.0.1-200.fc44.aarch64",), "os": ("fedora 44.20261101.3.0",)}
        blocks = {**guest.blocks, "podman": Block("podman", 0, ("podman version 6.1.1",))}
        sections["guest"] = replace(guest, facts=facts, blocks=blocks)
    return replace(seen, sections=sections)
