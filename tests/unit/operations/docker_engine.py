"""An engine's answers, as the Docker Engine API (v1.47) words them, for a real docker command to format."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any

OURS = {"stack": "shop", "container": "web", "definition": "d1", "secrets": "token:p1,key:p2"}
CONTAINERS = [
    {
        "Id": "a" * 64,
        "Names": ["/shop-web"],
        "Image": "nginx:1",
        "State": "running",
        "Status": "Up 2 hours (health: starting)",
        "Labels": {f"io.carbon-fleet.{name}": value for name, value in OURS.items()},
    },
    {
        "Id": "b" * 64,
        "Names": ["/theirs"],
        "Image": "localhost/carbon-fleet/venus:0123456789abcdef",
        "State": "exited",
        "Status": "Exited (1) 3 days ago",
    },
]
IMAGE = {"Id": f"sha256:{'c' * 64}", "RepoTags": ["localhost/carbon-fleet/venus:0123456789abcdef"], "Size": 1}
VOLUMES = [{"Name": "shop-data", "Labels": {"io.carbon-fleet.stack": "shop"}}, {"Name": "theirs", "Labels": None}]
ANSWERS: dict[str, Any] = {
    "/containers/json": CONTAINERS,
    "/containers/shop-web/json": {"Name": "/shop-web", "State": {"Health": {"Status": "starting"}}},
    "/images/json": [IMAGE],
    "/volumes": {"Volumes": VOLUMES},
    "/version": {"Version": "28.5.2", "ApiVersion": "1.47"},
}


class _Handler(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        found = next((answer for path, answer in ANSWERS.items() if path in self.path), "OK")
        body = json.dumps(found).encode()
        self.send_response(200)
        for name, value in (("Api-Version", "1.47"), ("Content-Type", "application/json"), ("Connection", "close")):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        pass


class _Engine(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True

    def get_request(self) -> tuple[Any, Any]:
        return super().get_request()[0], ("docker", 0)


@contextmanager
def engine(socket: Path) -> Iterator[None]:
    """Answer at `socket`, whose path must be short."""
    with _Engine(str(socket), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
