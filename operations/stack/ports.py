"""Published ports: who reaches them."""

from operations.stack.container import Expose
from operations.stack.words import published

LOOPBACK = "127.0.0.1"


def addressed(port: str, expose: Expose) -> str:
    """The port as podman is to publish it. One that names no address is the Mac's own, unless it is exposed.

    In a Podman machine the address is the Mac's: podman hands it to gvproxy (podman `libpod/networking_machine.go`).
    """
    return f"{LOOPBACK}:{port}" if expose == "loopback" and not published(port).host else port
