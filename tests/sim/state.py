"""The end state of a Mac, comparable between Macs: what its probe sees, less what no two Macs can share."""

import re
from collections.abc import Iterable
from pathlib import Path

from carbon_fleet.plan import applied
from carbon_fleet.plan.registry import lab_sections, probe_for
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.snapshot import read_snapshot
from carbon_fleet.snapshot.files import files_in
from carbon_fleet.spec import load_lab

VOLATILE = re.compile(
    "|".join(
        [
            r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)",  # times
            r"\b\d{8}T\d{6}Z\b",  # folders of what is kept
            r"Up \d+ \w+|\b\d{9,10}\b",
            r"\b[0-9a-f]{12,64}\b",  # identifiers
            r"(?<=Port\":)\d+|(?<=Port\": )\d+|(?<=127\.0\.0\.1:)\d+|(?<=localhost:)\d+",
        ]
    )
)
OWN = {"hop_port", "time", "uptime", "process", "began", "made", "free", "listener", "busy_tcp", "busy_udp"}
"""Facts that are each Mac's own: ports, clocks, process numbers, free space, who listens."""


def end_state(lab: SimulatedLab, file: str, mac: str) -> dict[str, object]:
    """Sections → facts and blocks, with times, ports, identifiers and process numbers blanked."""
    wish = load_lab(Path(file), lab_sections()).mac(mac)
    ran = lab.mac(mac).ssh("/bin/sh -s", stdin=probe_for(wish))
    snapshot = read_snapshot(mac, ran.stdout.splitlines())
    assert snapshot.complete, ran.stderr
    state: dict[str, object] = {"guest": snapshot.guest}
    for name, section in snapshot.sections.items():
        if name == applied.ADDRESS:
            record = applied.read(section)
            state[name] = record and (record.spec == wish.digest, record.parts == applied.parts(wish))
            continue
        facts = {key: _blank(values) for key, values in section.facts.items() if key not in OWN}
        blocks = {
            key: (block.status, _blank(block.out))
            for key, block in section.blocks.items()
            if not key.startswith("file ")
        }
        files = {
            path: (seen.kind, seen.mode, seen.owner, _blank([seen.content.decode().replace(f">{mac}<", ">MAC<")]))
            for path, seen in files_in(section).items()
        }
        state[name] = (section.status, facts, blocks, files)
    return state


def _blank(lines: Iterable[str]) -> list[str]:
    return [VOLATILE.sub("…", line) for line in lines]
