"""`carbon-fleet apply` over a project of a test's own: LAB PROJECT [die|cut BYTES].

`die`: killed by SIGKILL once so many bytes of images were moved. `cut`: the receiver's sshd is, its connection ends.
"""

import os
import signal
import sys
from pathlib import Path

import psutil

from carbon_fleet import assets

FILE, PROJECT, WHAT, BYTES = Path(sys.argv[1]), Path(sys.argv[2]), *(*sys.argv[3:], "", "0")[:2]
assets.root = lambda: PROJECT  # type: ignore[assignment]

from carbon_fleet.engine import fleet  # noqa: E402, F401  its import patches the process
from carbon_fleet.engine.transfer import Transfer  # noqa: E402
from carbon_fleet.verbs.apply import apply  # noqa: E402

_moved = Transfer._moved
_done: list[str] = []


def moved(self: Transfer, number: int) -> None:
    """The real `_moved`, and once what this run is to suffer."""
    _moved(self, number)
    if WHAT and not _done and self.tally.moved >= int(BYTES):
        _done.append(WHAT)
        if WHAT == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        _cut(self.target.transport.client.get_transport().sock.getsockname()[1])  # type: ignore[attr-defined]


def _cut(port: int) -> None:
    found = {each.pid for each in psutil.net_connections("tcp") if each.raddr and each.raddr.port == port}
    for pid in found - {os.getpid(), None}:
        os.kill(pid, signal.SIGKILL)  # type: ignore[arg-type]


Transfer._moved = moved  # type: ignore[method-assign, assignment]
sys.exit(apply(FILE, [], [], json=True).exit_code)
