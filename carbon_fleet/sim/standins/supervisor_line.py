"""The line from a Mac's stand-ins to the lab's supervisor: one JSON object a line over /.sim/mac/vm.sock."""

from __future__ import annotations

import json
import socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def connect() -> socket.socket:
    """An open line."""
    line = socket.socket(socket.AF_UNIX)
    line.connect("/.sim/mac/vm.sock")
    return line


def send(line: socket.socket, **request: object) -> None:
    """Send one request."""
    line.sendall(json.dumps(request).encode() + b"\n")


def receive(line: socket.socket) -> dict[str, Any]:
    """The next answer; empty when the supervisor hung up."""
    text = b""
    while not text.endswith(b"\n"):
        chunk = line.recv(65536)
        if not chunk:
            return {}
        text += chunk
    answer: dict[str, Any] = json.loads(text)
    return answer


def ask(**request: object) -> dict[str, Any]:
    """One request, one answer."""
    with connect() as line:
        send(line, **request)
        return receive(line)
