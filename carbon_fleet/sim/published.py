"""The TCP ports that podman in a real VM has published, and a way to them into the VM's network.

conmon holds a listening socket for each published port as long as its container runs, so the kernel's own list says
what is published, and at which address.
"""

import ctypes
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_LISTENING = "0A"
_ADDRESSES = {"0100007F": True, "00000000": False, "0" * 32: False, "0" * 24 + "01000000": True}
"""The kernel's spelling of 127.0.0.1, 0.0.0.0, ::, ::1, and whether it is loopback; others are passed over."""


def ports(init: int) -> dict[int, bool]:
    """Port → whether only the Mac itself is to reach it; `init` is this machine's process id of the guest's systemd."""
    rows = [row for name in ("tcp", "tcp6") for row in _rows(Path(f"/proc/{init}/net/{name}"))]
    if not rows:
        return {}
    held = set(_held(str(Path(f"/proc/{init}/ns/net").readlink())))
    found: dict[int, bool] = {}
    for address, port, inode in rows:
        if inode in held and address in _ADDRESSES:
            found[port] = found.get(port, True) and _ADDRESSES[address]
    return found


def _rows(table: Path) -> Iterator[tuple[str, int, str]]:
    """Address, port and inode of each listening socket but sshd's."""
    for line in table.read_text().splitlines()[1:]:
        words = line.split()
        address, _, port = words[1].partition(":")
        if words[3] == _LISTENING and int(port, 16) != 22:
            yield address, int(port, 16), words[9]


def _held(network: str) -> Iterator[str]:
    """The inodes of the sockets that the conmon processes in this network have."""
    for comm in Path("/proc").glob("[0-9]*/comm"):
        try:
            if comm.read_text() != "conmon\n" or str((comm.with_name("ns") / "net").readlink()) != network:
                continue
            targets = [str(link.readlink()) for link in comm.with_name("fd").iterdir()]
        except OSError:
            continue  # it has ended meanwhile
        yield from (found[1] for target in targets if (found := re.fullmatch(r"socket:\[(\d+)\]", target)))


def connect(init: int, port: int) -> socket.socket:
    """A connection to 127.0.0.1:port in the network of process `init`. Raises OSError."""
    found: list[socket.socket | OSError] = []

    def work() -> None:
        # Only this thread enters that network, and it ends here; the socket stays there.
        try:
            with Path(f"/proc/{init}/ns/net").open() as network:
                if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            found.append(socket.create_connection(("127.0.0.1", port), timeout=5))
        except OSError as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    (result,) = found
    if isinstance(result, OSError):
        raise result
    result.setblocking(False)
    return result
