"""Makes a plan of one lab and two looks, and prints the file's sha256: SEED shuffles whatever order nobody promised."""

import gc

gc.disable()  # a process of half a second; it is begun a hundred times

import hashlib  # noqa: E402
import random  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import yaml  # noqa: E402

from carbon_fleet.plan import Change, World  # noqa: E402
from carbon_fleet.plan.bound import BoundMac, BoundPlan, bound_mac  # noqa: E402
from carbon_fleet.plan.registry import differences, lab_sections  # noqa: E402
from carbon_fleet.snapshot import Section, Snapshot, read_snapshot  # noqa: E402
from carbon_fleet.spec import Lab, lab_from_text  # noqa: E402

PROBES = Path(__file__).parents[2] / "transcripts" / "probe"
LAB = """
lab: brisbane
defaults:
  user: lab
  machine: {name: carbon, cpus: 4, memory: 4GiB, disk: 30GiB, rootful: true}
  power: {sleep: never, display_sleep: 15m, wake_on_lan: true}
  homebrew: {formulae: {podman: {}, jq: {}, ripgrep: {}, gh: {pin: true}}}
  guest:
    files:
      /etc/motd.d/a.conf: {content: "a\\n"}
      /etc/motd.d/b.conf: {content: "b\\n", mode: "0640"}
      /etc/sysctl.d/c.conf: {content: "c\\n"}
      /etc/systemd/system/lab-note.service: {content: "[Service]\\nExecStart=/bin/true\\n"}
      /etc/systemd/system/other.service: {content: "[Service]\\nExecStart=/bin/true\\n"}
    units: {lab-note.service: {enabled: true, active: true}, other.service: {enabled: true}}
  stacks: [vulkan-check]
groups: {canary: {power: {sleep: 1h}}, quiet: {power: {display_sleep: 5m}}}
macs:
  bare: {host: 10.0.0.1, groups: [canary, quiet]}
  converged: {host: 10.0.0.2}
  other: {host: 10.0.0.3, groups: [quiet]}
"""


def shuffled(value: Any, chance: random.Random) -> Any:
    """The same mappings, their keys in another order."""
    if not isinstance(value, dict):
        return value
    items = [(key, shuffled(item, chance)) for key, item in value.items()]
    chance.shuffle(items)
    return dict(items)


def lab_of(chance: random.Random) -> Lab:
    """The lab, written down in another order."""
    return lab_from_text(yaml.safe_dump(shuffled(yaml.safe_load(LAB), chance), sort_keys=False), lab_sections())


def look_of(mac: str, chance: random.Random) -> Snapshot:
    """What a probe said of a Mac, its sections and facts in another order."""
    file = PROBES / ("bare.txt" if mac == "bare" else "converged.txt")
    seen = read_snapshot(mac, file.read_text().splitlines())
    sections = {
        name: Section(name, one.status, shuffled(dict(one.facts), chance), shuffled(dict(one.blocks), chance), one.err)
        for name, one in seen.sections.items()
    }
    return Snapshot(mac, shuffled(sections, chance), seen.guest, seen.guest_detail, seen.complete)


def plan_of(chance: random.Random) -> BoundPlan:
    """The plan of the whole lab."""
    lab, macs = lab_of(chance), dict[str, BoundMac]()
    for mac in lab.macs.values():
        snapshot = look_of(mac.name, chance)
        changes = [one for one in differences(World(mac, snapshot)) if isinstance(one, Change)]
        macs[mac.name] = bound_mac(mac, snapshot, changes, ())
    made = BoundPlan(version="1", lab=lab.name, file="lab.yml", lock=None, only=(), skip=(), macs=macs, missing={})
    return made.sealed()


if __name__ == "__main__":
    print(hashlib.sha256(plan_of(random.Random(int(sys.argv[1]))).text().encode()).hexdigest())
