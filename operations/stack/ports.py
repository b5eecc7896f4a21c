"""Published ports: who reaches them.

In a Podman machine a published port is opened twice: in the virtual machine, and on the Mac. There gvproxy opens it, at
the very address it was published with: podman hands that on (`libpod/networking_machine.go`, the request's `Local`).
gvproxy is the login user's. macOS lets it have a port below 1024 on all addresses at once, and on no single one
(containers/podman issues 21679 and 28009).
"""

from collections.abc import Collection

from operations.stack.container import Expose
from operations.stack.words import Published, published

LOOPBACK = "127.0.0.1"
PRIVILEGED = 1024
"""The ports below it are gvproxy's to open on all addresses only."""
LAST = 65535


def addressed(port: str, expose: Expose) -> str:
    """The port as podman is to publish it. One that names no address is the Mac's own, unless it is exposed."""
    return f"{LOOPBACK}:{port}" if expose == "loopback" and not published(port).host else port


def moved(port: str, outer: int) -> str:
    """The same entry of `ports` with another port of the Mac."""
    parts = published(port)
    host = f"{parts.host}:" if parts.host else ""
    return f"{host}{outer}:{parts.inner}{'' if parts.kind == 'tcp' else f'/{parts.kind}'}"


def free_port(near: Published, taken: Collection[tuple[str, int]]) -> int:
    """A port nobody has, as near above as there is one; `taken` are pairs of protocol and port.

    In place of one below 1024 it is the one that people know it by: 8080 for 80, 8443 for 443.
    """
    start = near.outer + 8000 if near.outer < PRIVILEGED else near.outer + 1
    known = {(kind, port) for kind, port in taken}
    candidates: list[int] = [*range(start, LAST + 1), *range(PRIVILEGED, start)]
    return next(port for port in candidates if (near.kind, port) not in known)
