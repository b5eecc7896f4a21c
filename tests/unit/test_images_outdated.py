"""`images outdated` against registries that answer over HTTP: with and without tokens, wrong, late, gone."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from carbon_fleet.sim.ports import free_port
from carbon_fleet.verbs.outdated import outdated
from carbon_fleet.verbs.registry import RegistryTrouble, digest_of

OLD, NEW = f"sha256:{'1' * 64}", f"sha256:{'2' * 64}"
MANIFEST = b'{"schemaVersion": 2}'


class Handler(BaseHTTPRequestHandler):
    """`open/x:1` for all, `closed/x:1` for those with its token, `bare/x:1` without a digest in its headers."""

    def do_GET(self) -> None:
        host = f"http://{self.headers['Host']}"
        path, _, asked = self.path.partition("?")
        if path == "/token":
            good = "service=here" in asked and "scope=repository%3Aclosed%2Fx%3Apull" in asked
            self.answer(200 if good else 403, b'{"token": "t0ken"}')
        elif path == "/v2/closed/x/manifests/1" and self.headers["Authorization"] != "Bearer t0ken":
            self.answer(401, b"", {"WWW-Authenticate": f'Bearer realm="{host}/token",service="here"'})
        elif path in ("/v2/open/x/manifests/1", "/v2/closed/x/manifests/1"):
            self.answer(200, MANIFEST, {"Docker-Content-Digest": NEW})
        elif path == "/v2/bare/x/manifests/1":
            self.answer(200, MANIFEST)
        elif path == "/v2/login/x/manifests/1":
            self.answer(401, b"", {"WWW-Authenticate": 'Basic realm="us"'})
        else:
            self.answer(404, b"{}")

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["open", "closed"])
def test_the_digest_is_what_the_registry_says_token_or_not(url: str, name: str) -> None:
    assert digest_of(f"r.example/{name}/x:1", {"r.example": url}) == NEW


def test_without_a_header_the_manifests_own_sum_is_taken(url: str) -> None:
    assert digest_of("r.example/bare/x:1", {"r.example": url}) == f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"


@pytest.mark.parametrize(("name", "words"), [("login", "asks for a login"), ("none", "404")])
def test_what_it_does_not_say_is_told_with_the_reason(url: str, name: str, words: str) -> None:
    with pytest.raises(RegistryTrouble, match=words):
        digest_of(f"r.example/{name}/x:1", {"r.example": url})


def test_a_registry_that_is_not_there_is_told() -> None:
    with pytest.raises(RegistryTrouble, match="does not say what"):
        digest_of("r.example/x:1", {"r.example": f"http://127.0.0.1:{free_port()}"})


def a_lab(folder: Path, pin: str) -> Path:
    file = folder / "lab.yml"
    stack = f"{{name: s, containers: {{c: {{image: '{pin}'}}}}}}"
    images = f"{{venus: {{base: '{pin}'}}}}"
    file.write_text(f"lab: l\ndefaults: {{user: u, stacks: [{stack}], images: {images}}}\nmacs: {{m: {{host: h}}}}\n")
    return file


@pytest.mark.parametrize(
    ("name", "digest", "status", "words"),
    [
        (
            "open",
            OLD,
            2,
            f"~  r.example/open/x:1 (s/c, venus): the tag has moved on\n   write r.example/open/x:1@{NEW}\n",
        ),
        ("open", NEW, 0, "=  r.example/open/x:1 (s/c, venus): as pinned\n"),
        ("none", OLD, 4, "?  r.example/none/x:1 (s/c, venus): "),
    ],
)
def test_the_verb_names_what_moved_on_and_what_to_write(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, digest: str, status: int, words: str
) -> None:
    file = a_lab(tmp_path, f"r.example/{name}/x:1@{digest}")
    assert outdated(file, [], [f"r.example={url}"], json=False) == status
    assert capsys.readouterr().out.startswith(words)
    assert outdated(file, [], [f"r.example={url}"], json=True) == status
    (row,) = json.loads(capsys.readouterr().out)["images"]
    assert (row["pinned"], row["used_by"]) == (digest, {"s/c": ["m"], "venus": ["m"]})


def test_the_labs_own_registry_is_asked_as_it_speaks(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = url.removeprefix("http://")
    file = a_lab(tmp_path, f"{host}/open/x:1@{OLD}")
    file.write_text(file.read_text().replace("{user: u,", f"{{user: u, registry: {{at: {host}/c, insecure: true}},"))
    assert outdated(file, [], [], json=True) == 2
    (row,) = json.loads(capsys.readouterr().out)["images"]
    assert (row["now"], row["trouble"]) == (NEW, None)
