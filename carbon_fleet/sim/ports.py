"""Ports of this machine for what a lab starts."""

import random
import socket
from pathlib import Path

_LOWEST = 10_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_chance = random.SystemRandom()


def free_port(host: str = "127.0.0.1") -> int:
    """Return a TCP port nobody listens on at `host` now.

    It is below those the kernel hands to outgoing connections (ip(7)): one of these may be taken by any connection
    before its listener comes up.
    """
    for _ in range(100):
        port = _chance.randrange(_LOWEST, _highest())
        if _binds(host, port):
            return port
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _highest() -> int:
    try:
        lowest_handed_out = int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        lowest_handed_out = 32_768
    return max(lowest_handed_out, _LOWEST + 1)


def _binds(host: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
