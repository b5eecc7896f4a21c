"""A lab as pyinfra knows hosts: names, connectors, SSH data. For `inventories/lab.py` and the fleet engine."""

import atexit
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from carbon_fleet.spec import Lab, Mac


def host_of(mac: Mac, lab: Lab, known_hosts: Path | None) -> tuple[str, dict[str, Any]]:
    """pyinfra's `(name, data)` of a Mac. `known_hosts` holds the keys the lab file pins."""
    data: dict[str, Any] = {"carbon_lab": str(lab.path), "carbon_mac": mac.name}
    if mac.local:
        return f"@carbon-local/{mac.name}", data
    named = mac.known_hosts and str(_beside(lab, mac.known_hosts))
    trusted = str(known_hosts) if mac.host_key else named
    data |= {
        "ssh_hostname": mac.host,
        "ssh_port": mac.port,
        "ssh_user": mac.user,
        "ssh_key": str(_beside(lab, mac.key)) if mac.key else None,
        "ssh_known_hosts_file": trusted,
        "ssh_strict_host_key_checking": "yes",
    }
    return f"@carbon-mac/{mac.name}", {key: value for key, value in data.items() if value is not None}


def hosts_of(lab: Lab, macs: Iterable[Mac]) -> list[tuple[str, dict[str, Any]]]:
    """pyinfra's hosts of these Macs."""
    chosen = list(macs)
    pinned = _pinned([mac for mac in chosen if mac.host_key])
    return [host_of(mac, lab, pinned) for mac in chosen]


def _beside(lab: Lab, path: str) -> Path:
    """A path as the lab file means it: `~` is our home, a relative one starts at the lab file."""
    return lab.path.absolute().parent / Path(path).expanduser()


def _pinned(macs: list[Mac]) -> Path | None:
    """A known_hosts file of the pinned keys alone, for this process's life."""
    if not macs:
        return None
    handle, name = tempfile.mkstemp(prefix="carbon-fleet-known-hosts-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(f"{_address(mac)} {mac.host_key}\n" for mac in macs)
    path = Path(name)
    atexit.register(path.unlink, missing_ok=True)
    return path


def _address(mac: Mac) -> str:
    return mac.host if mac.port == 22 else f"[{mac.host}]:{mac.port}"
