"""A web server for one file: it can go on in the middle, and break off where it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """The file's bytes; `cut` ends the next answer after so many; `ranges` False knows no ranges; `asked` are GETs.

    `pause` holds an answer up after so many, until `go` is set.
    """

    content: bytes
    cut: int | None = None
    ranges: bool = True
    url: str = ""
    asked: list[str] = field(default_factory=list)
    pause: int | None = None
    go: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serve(served: Served) -> Iterator[Served]:
    """Serve it on loopback; `served.url` is where."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._head(200, len(served.content))

        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            served.asked.append(wanted)
            begin = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted and served.ranges else 0
            if begin >= len(served.content):
                self._head(416, 0)
                return
            rest = served.content[begin:]
            self._head(206 if begin else 200, len(rest), begin)
            if served.pause is not None:
                self.wfile.write(rest[: served.pause])
                self.wfile.flush()
                served.go.wait(60)
                rest = rest[served.pause or len(rest) :]
            self.wfile.write(rest[: served.cut] if served.cut is not None else rest)
            if served.cut is not None:
                served.cut = None
                self.close_connection = True

        def _head(self, status: int, length: int, begin: int = 0) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            if status == 206:
                total = len(served.content)
                self.send_header("Content-Range", f"bytes {begin}-{total - 1}/{total}")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}/model.gguf"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
