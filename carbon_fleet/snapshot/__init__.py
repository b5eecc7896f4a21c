"""What a Mac is: the probe that asks it once, and the typed answer."""

from carbon_fleet.snapshot.model import HERE, Guest, Hop, Snapshot, read_snapshot
from carbon_fleet.snapshot.script import probe_script
from carbon_fleet.snapshot.section import Block, Section, Unreadable

__all__ = ["HERE", "Block", "Guest", "Hop", "Section", "Snapshot", "Unreadable", "probe_script", "read_snapshot"]
