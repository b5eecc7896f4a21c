"""Ollama as Homebrew's on the Mac, modelled: a server that listens, and the commands that ask it; no model is run.

Its words are those of Ollama 0.35 (docs/api.md, `cmd/cmd.go`, the line `inference compute` of `discover/types.go`).
Its device is `Apple Paravirtual device`, what macOS calls the GPU of a virtual Mac. `pull` fetches nothing: it knows
the one model that the project's stack names.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .disk import fail, fault, journal, read_json, write_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KNOWN = {"llama3.2:1b": "baf6a787fdff", "tiny:1b": "0123456789ab"}
_DEVICE = "Apple Paravirtual device"


def main(argv: list[str]) -> int:
    """serve, list, pull, run, ps."""
    journal(argv)
    verb, words = (argv[1], argv[2:]) if len(argv) > 1 else ("", [])
    if verb == "serve":
        return _serve()
    if verb == "list":
        rows: list[tuple[str, ...]] = [
            (m["name"], m["digest"], "1.3 GB", "2 days ago") for m in _ask("/api/tags")["models"]
        ]
        return _table(("NAME", "ID", "SIZE", "MODIFIED"), rows)
    if verb == "ps":
        where = "100% CPU" if fault("llama-on-cpu") else "100% GPU"
        rows = [(m["name"], m["digest"], "1.9 GB", where, "4096", "now") for m in _ask("/api/ps")["models"]]
        return _table(("NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"), rows)
    if verb in ("pull", "run"):
        said = _ask(f"/api/{'pull' if verb == 'pull' else 'generate'}", {"model": words[0]})
        sys.stdout.write(f"{said.get('response') or said.get('status')}\n")
        return 0
    return fail(f'Error: unknown command "{verb}" for "ollama"', 1)


def _table(titles: tuple[str, ...], rows: list[tuple[str, ...]]) -> int:
    for row in (titles, *rows):
        sys.stdout.write("".join(f"{word:<16}    " for word in row).rstrip() + "\n")
    return 0


def _where() -> tuple[str, int]:
    host, _, port = os.environ.get("OLLAMA_HOST", "127.0.0.1:11434").rpartition(":")
    return host, int(port)


def _ask(path: str, body: dict[str, str] | None = None) -> dict[str, Any]:
    host, port = _where()
    url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}{path}"
    data = json.dumps(body).encode() if body is not None else None
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            urllib.request.Request(url, data), timeout=10
        ) as answer:
            said: dict[str, Any] = json.load(answer)
            return said
    except urllib.error.HTTPError as error:
        fail(f"Error: {json.load(error)['error']}", 1)
    except OSError:
        fail("Error: could not connect to ollama server, run 'ollama serve' to start it", 1)


def _serve() -> int:
    host, port = _where()
    try:
        server = ThreadingHTTPServer((host, port), _Handler)
    except OSError as error:
        fail(f"Error: listen tcp {host}:{port}: bind: {error.strerror}", 1)
    said = f'library=Metal compute=0.0 name=Metal description="{_DEVICE}" libdirs="" driver=0.0 type=discrete'
    sys.stderr.write(f'time=now level=INFO source=types.go:42 msg="inference compute" id=0 {said} total="5.3 GiB"\n')
    sys.stderr.flush()
    server.serve_forever()
    return 0


class _Handler(BaseHTTPRequestHandler):
    loaded: list[str] = []  # noqa: RUF012  # one server a process

    def do_GET(self) -> None:
        names = self._models() if self.path == "/api/tags" else {n: self._models()[n] for n in self.loaded}
        if self.path in ("/api/tags", "/api/ps"):
            self._tell(200, {"models": [{"name": name, "digest": digest} for name, digest in names.items()]})
        else:
            self._tell(200, {"version": "0.35.1"})

    def do_POST(self) -> None:
        name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["model"]
        if self.path == "/api/pull" and name in _KNOWN:
            write_json(self._file(), {**self._models(), name: _KNOWN[name]})
            self._tell(200, {"status": "success"})
        elif self.path == "/api/generate" and name in self._models():
            self.loaded[:] = [name]
            self._tell(200, {"model": name, "response": "One (modelled).", "done": True})
        else:
            self._tell(404, {"error": f"model '{name}' not found"})

    def _file(self) -> str:
        return f"{os.environ.get('OLLAMA_MODELS') or os.path.expanduser('~/.ollama/models')}/modelled.json"

    def _models(self) -> dict[str, str]:
        found: dict[str, str] = read_json(self._file(), {})
        return found

    def _tell(self, status: int, value: object) -> None:
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, form: str, *values: object) -> None:
        sys.stderr.write(f"[GIN] {form % values}\n")
