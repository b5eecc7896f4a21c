"""Sockets that wait on a Linux host, as `ss -H -l -n -p` of iproute2 tells of them.

State, two queues, `ADDRESS:PORT` of both ends (`*` for every address, IPv6 in brackets, `%INTERFACE` behind an
address), then for root `users:(("NAME",pid=1,fd=3))` (ss(8)).
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

from carbon_fleet.snapshot import Block
from operations.stack.words import Published

_OWNER = re.compile(r'users:\(\("([^"]*)",pid=(\d+)')


@dataclass(frozen=True)
class Socket:
    """One that waits: `address` is empty for every one; `name` and `pid` are the first program's that has it."""

    kind: str
    address: str
    port: int
    name: str = ""
    pid: int = 0

    def meets(self, port: Published) -> bool:
        """Whether both cannot be had at once."""
        if (self.kind, self.port) != (port.kind, port.outer):
            return False
        if not self.address or port.everywhere:
            return True
        with suppress(ValueError):
            return ip_address(self.address) == ip_address(port.host.strip("[]"))
        return False


def sockets(kind: str, block: Block) -> Iterator[Socket]:
    """The sockets in a block of `ss`. Without root's rights it tells nothing, which preflight itself reports."""
    for line in block.out if block.status == 0 else ():
        words = line.split()
        address, colon, port = words[3].rpartition(":") if len(words) > 4 else ("", "", "")
        if not colon or not port.isdecimal():
            continue
        owner = _OWNER.search(line)
        place = address.strip("[]").partition("%")[0]
        everywhere = place in ("*", "0.0.0.0", "::")  # noqa: S104 it is read, not bound
        yield Socket(
            kind, "" if everywhere else place, int(port), owner[1] if owner else "", int(owner[2]) if owner else 0
        )
