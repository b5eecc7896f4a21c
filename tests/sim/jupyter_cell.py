"""A cell of a notebook, run as a browser would have it run: Jupyter's REST for the kernel, its WebSocket for the cell.

As much of RFC 6455 as that takes: one text message there, whole messages and pings back.
"""

import base64
import hashlib
import json
import os
import socket
import time
import urllib.request
import uuid
from typing import Any

HOST = "127.0.0.1"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""What a server adds to the key of the handshake (RFC 6455, 1.3)."""


def printed(port: int, token: str, code: str, seconds: float) -> str:
    """What a cell prints in a kernel of its own, which is ended again. Asserts that nothing was raised in it."""
    made = _rest(port, token, "POST", "/api/kernels", {"name": "python3"}, seconds)
    try:
        return _run(_Channel(port, token, made["id"], seconds), code, time.monotonic() + seconds)
    finally:
        _rest(port, token, "DELETE", f"/api/kernels/{made['id']}", None, seconds)


def _rest(port: int, token: str, verb: str, path: str, body: Any, seconds: float) -> Any:
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"token {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://{HOST}:{port}{path}", data, headers, method=verb)
    with urllib.request.urlopen(request, timeout=seconds) as answer:
        return json.loads(answer.read() or b"null")


def _run(channel: "_Channel", code: str, end: float) -> str:
    asked = uuid.uuid4().hex
    content = {"code": code, "silent": False, "allow_stdin": False, "stop_on_error": True}
    channel.send({"header": _header(asked), "parent_header": {}, "metadata": {}, "content": content})
    said, replied, idle = "", False, False
    while not (replied and idle):
        assert time.monotonic() < end, f"the cell did not end; it printed {said!r}"
        told = channel.receive()
        if told.get("parent_header", {}).get("msg_id") != asked:
            continue
        kind, content = told["msg_type"], told["content"]
        assert kind != "error", "\n".join(content["traceback"])
        said += content["text"] if kind == "stream" and content["name"] == "stdout" else ""
        replied |= kind == "execute_reply"
        idle |= kind == "status" and content["execution_state"] == "idle"
    return said


def _header(message: str) -> dict[str, str]:
    about = {"username": "test", "session": uuid.uuid4().hex, "date": "2026-01-01T00:00:00Z", "version": "5.3"}
    return {"msg_id": message, "msg_type": "execute_request", **about}


class _Channel:
    """The WebSocket of one kernel; a message is a JSON object."""

    def __init__(self, port: int, token: str, kernel: str, seconds: float) -> None:
        self._socket = socket.create_connection((HOST, port), seconds)
        self._stream = self._socket.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET /api/kernels/{kernel}/channels HTTP/1.1", f"Host: {HOST}:{port}"]
        lines += [f"Authorization: token {token}", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"]
        lines += ["Upgrade: websocket", "Connection: Upgrade"]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = iter(self._stream.readline, b"\r\n")
        status, *heads = [line.decode().strip() for line in answer]
        assert " 101 " in status, status
        accepted = base64.b64encode(hashlib.sha1(f"{key}{_GUID}".encode()).digest()).decode()
        assert f"sec-websocket-accept: {accepted}".lower() in [head.lower() for head in heads]

    def send(self, message: dict[str, Any]) -> None:
        """Send it on the channel `shell`."""
        self._frame(_TEXT, json.dumps({**message, "channel": "shell", "buffers": []}).encode())

    def receive(self) -> dict[str, Any]:
        """The next message of any channel."""
        whole, ended = b"", False
        while not ended:
            kind, ended, body = self._next()
            assert kind != _CLOSE, f"Jupyter closed the channel: {body!r}"
            if kind == _PING:
                self._frame(_PONG, body)
            if kind in (_PING, _PONG):
                ended = False
            else:
                whole += body
        message: dict[str, Any] = json.loads(whole)
        return message

    def _frame(self, kind: int, body: bytes) -> None:
        size = bytes([0x80 | len(body)]) if len(body) < 126 else b"\xfe" + len(body).to_bytes(2, "big")
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(body))
        self._socket.sendall(bytes([0x80 | kind]) + size + mask + masked)

    def _next(self) -> tuple[int, bool, bytes]:
        first, second = self._exactly(2)
        size = second & 0x7F
        if size > 125:
            size = int.from_bytes(self._exactly(2 if size == 126 else 8), "big")
        return first & 0x0F, bool(first & 0x80), self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        found = self._stream.read(size)
        assert len(found) == size, "Jupyter ended the connection"
        return found
