"""`mirror serve`: the folder over http, read-only: files, git's dumb protocol, and the reading half of a registry.

OCI distribution-spec 1.1 (pull): `/v2/`, manifests by tag and digest, blobs, HEAD, Docker-Content-Digest, errors as
JSON. Ranges, so that what breaks off is gone on with. The manifest is read again when a build has put another in force.
"""

import contextlib
import json
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from carbon_fleet.mirror import manifest as manifests
from carbon_fleet.mirror.depot import Depot
from carbon_fleet.mirror.manifest import NAME, Entry
from carbon_fleet.mirror.trouble import MirrorTrouble
from carbon_fleet.store.carry import Say

SECONDS = 120
"""How long a client may be silent."""
PIECE = 1 << 20


class Catalogue:
    """What is answered now."""

    def __init__(self, folder: Path) -> None:
        """Raises `MirrorTrouble` where `folder` holds no mirror."""
        self.depot, self._stamp = Depot(folder), self._now(folder)
        self._paths = self._read()

    def entry(self, path: str) -> Entry | None:
        """What is at `path`, as a client spells it. A manifest that cannot be read leaves the last one in force."""
        if (stamp := self._now(self.depot.folder)) != self._stamp:
            with contextlib.suppress(MirrorTrouble):
                self._paths, self._stamp = self._read(), stamp
        return self._paths.get(unquote(path.partition("?")[0]))

    def _read(self) -> dict[str, Entry]:
        return {unquote(entry.path): entry for entry in manifests.read(self.depot.folder).entries}

    @staticmethod
    def _now(folder: Path) -> tuple[int, int]:
        try:
            stat = (folder / NAME).stat()
        except OSError:
            return 0, 0
        return stat.st_mtime_ns, stat.st_ino


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; everything else is refused by the library (501)."""

    protocol_version, server_version, timeout = "HTTP/1.1", "carbon-fleet", SECONDS
    catalogue: Catalogue
    say: Say

    def do_HEAD(self) -> None:
        """As GET, without the content."""
        self._answer(body=False)

    def do_GET(self) -> None:
        """A content, or the part of it that is asked for."""
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        if self.path.partition("?")[0] in ("/v2", "/v2/"):
            self._short(HTTPStatus.OK, b"{}", body)
            return
        entry = self.catalogue.entry(self.path)
        path = self.catalogue.depot.path(entry.sha256) if entry else None
        if entry is None or path is None or not path.is_file():
            self._short(HTTPStatus.NOT_FOUND, self._unknown(), body)
            return
        if self.headers.get("If-None-Match") == f'"{entry.sha256}"':
            self._head(HTTPStatus.NOT_MODIFIED, entry, 0)
            return
        self._send(entry, path, body)

    def _send(self, entry: Entry, path: Path, body: bool) -> None:
        span = self._span(entry.size)
        if span is None:
            self.send_response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
            self.send_header("Content-Range", f"bytes */{entry.size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        begin, end = span
        part = (begin, end) != (0, entry.size)
        self._head(HTTPStatus.PARTIAL_CONTENT if part else HTTPStatus.OK, entry, end - begin, span if part else None)
        if not body:
            return
        with path.open("rb") as file:
            file.seek(begin)
            left = end - begin
            while left and (piece := file.read(min(PIECE, left))):
                self.wfile.write(piece)
                left -= len(piece)

    def _span(self, size: int) -> tuple[int, int] | None:
        """From where to where; all of it where no range is asked for that is understood; None for one outside."""
        found = re.fullmatch(r"bytes=([0-9]*)-([0-9]*)", self.headers.get("Range", ""))
        if not found or found.groups() == ("", ""):
            return 0, size
        first, last = found.groups()
        begin = int(first) if first else max(0, size - int(last))
        end = min(size, int(last) + 1) if first and last else size
        return (begin, end) if begin < end else None

    def _head(self, status: HTTPStatus, entry: Entry, length: int, span: tuple[int, int] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", entry.type)
        self.send_header("Content-Length", str(length))
        self.send_header("ETag", f'"{entry.sha256}"')
        self.send_header("Accept-Ranges", "bytes")
        if entry.path.startswith("/v2/"):
            self.send_header("Docker-Content-Digest", f"sha256:{entry.sha256}")
        if span:
            self.send_header("Content-Range", f"bytes {span[0]}-{span[1] - 1}/{entry.size}")
        self.end_headers()

    def _short(self, status: HTTPStatus, text: bytes, body: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Docker-Distribution-Api-Version", "registry/2.0")
        self.end_headers()
        if body:
            self.wfile.write(text)

    def _unknown(self) -> bytes:
        code = "MANIFEST_UNKNOWN" if "/manifests/" in self.path else "BLOB_UNKNOWN"
        words = "the mirror has it not: build it again, with what the lab file says now"
        return json.dumps({"errors": [{"code": code, "message": words}]}).encode()

    def log_message(self, format: str, *args: object) -> None:
        """One line a request, where somebody wants to read them."""
        self.say(f"{self.client_address[0]} {format % args}")


class Server(ThreadingHTTPServer):
    """A mirror at `listen` (host, port; port 0: a free one), its requests told to `say`."""

    daemon_threads, allow_reuse_address, request_queue_size = True, True, 128

    def __init__(self, folder: Path, listen: tuple[str, int], say: Say) -> None:
        """Raises `MirrorTrouble` where `folder` holds no mirror, OSError where that address cannot be had."""
        handler = type("Bound", (Handler,), {"catalogue": Catalogue(folder), "say": staticmethod(say)})
        super().__init__(listen, handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is nobody's mistake."""
