"""llama-server as Homebrew's on the Mac, modelled: words, log and addresses are llama.cpp's; no model is run.

It really listens, asks for the key, and takes its model's file to be one. Its Metal device is `Apple Paravirtual
device`, what macOS calls the GPU of a virtual Mac: so only a lab that says `accept_software_gpu` takes it for one. Its
answers say `modelled`. llama.cpp, tools/server/README.md; the lines of its log are those people show of Macs.
"""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .disk import fail, fault, journal

DEVICE = "Apple Paravirtual device"
_LAYERS = 17


def main(argv: list[str]) -> int:
    """`llama-server --list-devices`, or as a server."""
    if "--list-devices" in argv:
        sys.stdout.write(f"Available devices:\n  MTL0: {DEVICE} (5461 MiB, 5460 MiB free)\n")
        return 0
    journal(argv)
    wish = {word: argv[place + 1] for place, word in enumerate(argv[:-1]) if word.startswith("--")}
    if wish.get("--device", "MTL0") not in ("MTL0", "none"):
        fail(f"error: invalid device: {wish['--device']}", 1)
    model = wish.get("--model", "")
    _say(f"llama_model_load_from_file_impl: using device MTL0 ({DEVICE}) (unknown id) - 5460 MiB free")
    if not os.path.isfile(model):
        fail(f"llama_model_load: error loading model: failed to open {model}", 1)
    on_gpu = 0 if fault("llama-on-cpu") else min(_LAYERS, int(wish.get("--gpu-layers", "0")))
    _say(f"load_tensors: offloaded {on_gpu}/{_LAYERS} layers to GPU")
    _serve(wish)
    return 0


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _serve(wish: dict[str, str]) -> None:
    host, port = wish.get("--host", "127.0.0.1"), int(wish.get("--port", "8080"))
    key = ""
    if "--api-key-file" in wish:
        with open(wish["--api-key-file"]) as file:
            key = file.read().strip()
    try:
        server = ThreadingHTTPServer((host, port), _handler(key, wish.get("--alias", "")))
    except OSError:
        fail(f"start: couldn't bind HTTP server socket, hostname: {host}, port: {port}", 1)
    _say(f"main: server is listening on http://{host}:{port}")
    server.serve_forever()


def _handler(key: str, alias: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            listed = {"object": "list", "data": [{"id": alias, "object": "model"}]}
            known = {"/health": {"status": "ok"}, "/v1/models": listed, "/slots": [{"id": 0, "is_processing": False}]}
            # Whether it lives, and what it has, anybody may ask.
            if self.path != "/slots" or self._may():
                self._tell(200 if self.path in known else 404, known.get(self.path, {"error": "not found"}))

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
            if self._may():
                count = int(asked.get("n_predict", 1))
                self._tell(200, {"content": " modelled", "tokens_predicted": count, "model": alias, "stop": True})

        def _may(self) -> bool:
            if not key or self.headers.get("Authorization") == f"Bearer {key}":
                return True
            self._tell(401, {"error": {"message": "Invalid API Key", "type": "authentication_error", "code": 401}})
            return False

        def _tell(self, status: int, value: object) -> None:
            text = json.dumps(value, separators=(",", ":")).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, form: str, *values: object) -> None:
            _say(f"srv  log_server_r: request: {form % values}")

    return Handler
