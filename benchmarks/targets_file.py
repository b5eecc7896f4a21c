"""The file that tells the floors how each Mac is reached. Imports nothing of carbon-fleet: floors must stay bare."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Target:
    """One Mac: address, port, user, key and known_hosts file, and the probe script carbon-fleet would send it."""

    host: str
    port: int
    user: str
    key: str
    known_hosts: str
    script: str


def write(targets: list[Target], path: Path) -> None:
    """Write `targets` as JSON."""
    path.write_text(json.dumps([asdict(target) for target in targets]))


def read(path: Path) -> list[Target]:
    """What `write` wrote."""
    return [Target(**target) for target in json.loads(path.read_text())]
