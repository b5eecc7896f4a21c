"""The places a mirror is filled from, in small and on loopback: Homebrew's API, registries that ask for tokens, GitHub
with a tap and its releases, a web server. What they hold is made of the simulated Mac's own catalogue."""

import gzip
import hashlib
import io
import json
import subprocess
import tarfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from carbon_fleet.sim.standins import formulae

TAG = "arm64_tahoe"
TAP = "libkrun/krun"
HOSTS = ("formulae.brew.sh", "ghcr.io", "github.com", "quay.io", "docker.io", "archive.mesa3d.org", "models.example")
INDEX, MANIFEST = "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"
DISK = bytes.fromhex("28b52ffd") + b"a disk, compressed" * 100
MODEL = b"weights" * 40_000
MODEL_SHA256 = hashlib.sha256(MODEL).hexdigest()
MODEL_URL = "https://models.example/tiny.gguf"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Upstream:
    """`files` is `/HOST/path` → content; `asked` counts GETs of it; `cut` breaks the next answer for a path off.

    `held` stops an answer half-way until its event is set.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    ranges: list[tuple[str, str]] = field(default_factory=list)
    cut: dict[str, int] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)
    token: str = "for-you"
    url: str = ""
    work: Path = Path()

    @property
    def at(self) -> list[str]:
        """The options that lead a build here."""
        return [word for host in HOSTS for word in ("--at", f"{host}={self.url}/{host}")]

    @property
    def places(self) -> dict[str, str]:
        return {host: f"{self.url}/{host}" for host in HOSTS}

    def fetched(self) -> Counter[str]:
        """What was fetched since the last time, but for tokens and what only tells what is newest."""
        got = Counter({path: count for path, count in self.asked.items() if not path.startswith("/auth")})
        self.asked.clear()
        return got

    def image(self, host: str, name: str, tag: str, labels: dict[str, str], platform: str = "arm64") -> str:
        """An image behind an index; the digest of that index."""
        config = json.dumps({"architecture": platform, "os": "linux", "config": {"Labels": labels}}).encode()
        layer = gzip.compress(f"layer of {name}".encode() * 50, mtime=0)
        root = f"/{host}/v2/{name}"
        parts = []
        for media, blob in (("config.v1+json", config), ("layer.v1.tar+gzip", layer)):
            self.files[f"{root}/blobs/sha256:{sha256(blob)}"] = blob
            parts.append(
                {
                    "mediaType": f"application/vnd.oci.image.{media}",
                    "digest": f"sha256:{sha256(blob)}",
                    "size": len(blob),
                }
            )
        said = {"schemaVersion": 2, "mediaType": MANIFEST, "config": parts[0], "layers": [parts[1]]}
        manifest = self._manifest(root, said, MANIFEST)
        its = {"mediaType": MANIFEST, **manifest, "platform": {"os": "linux", "architecture": platform}}
        foreign = {**its, "digest": f"sha256:{'0' * 64}", "platform": {"os": "linux", "architecture": "s390x"}}
        return self._index(root, tag, [foreign, its])

    def machine_os(self, tag: str, disk: bytes = DISK) -> None:
        """machine-os as quay.io has it: an index with a manifest for each kind of hypervisor."""
        root, rows = "/quay.io/v2/podman/machine-os", []
        for kind, content in (("qemu", b"other"), ("applehv", disk)):
            self.files[f"{root}/blobs/sha256:{sha256(content)}"] = content
            self.files[f"{root}/blobs/sha256:{sha256(b'{}')}"] = b"{}"
            layer = {
                "digest": f"sha256:{sha256(content)}",
                "size": len(content),
                "annotations": {"org.opencontainers.image.title": f"podman-machine.aarch64.{kind}.raw.zst"},
            }
            config = {"digest": f"sha256:{sha256(b'{}')}", "size": 2}
            said = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer]}
            platform = {"os": "linux", "architecture": "aarch64"}
            its = {"mediaType": MANIFEST, **self._manifest(root, said, MANIFEST), "platform": platform}
            rows.append({**its, "annotations": {"disktype": kind}})
        self._index(root, tag, rows)

    def _index(self, root: str, tag: str, rows: list[dict[str, Any]]) -> str:
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": rows}
        digest = str(self._manifest(root, index, INDEX)["digest"])
        self.files[f"{root}/manifests/{tag}"] = self.files[f"{root}/manifests/{digest}"]
        self.types[f"{root}/manifests/{tag}"] = INDEX
        return digest

    def _manifest(self, root: str, said: dict[str, Any], media: str) -> dict[str, Any]:
        text = json.dumps(said).encode()
        path = f"{root}/manifests/sha256:{sha256(text)}"
        self.files[path], self.types[path] = text, media
        return {"digest": f"sha256:{sha256(text)}", "size": len(text)}

    def homebrew(self) -> None:
        """The API, core's bottles on ghcr.io, and the tap with its own in a release."""
        listed, packages = [], {}
        for one in formulae.of_tap(formulae.CORE).values():
            content = bottle(one)
            root = f"/ghcr.io/v2/homebrew/core/{one.name}"
            self.files[f"{root}/blobs/sha256:{sha256(content)}"] = content
            row = {
                "digest": f"sha256:{sha256(b'manifest')}",
                "annotations": {
                    "org.opencontainers.image.ref.name": f"{one.version}.{TAG}",
                    "sh.brew.bottle.digest": sha256(content),
                    "sh.brew.tab": "{}",
                },
            }
            self.files[f"{root}/manifests/{one.version}"] = json.dumps({"manifests": [row]}).encode()
            file = {"cellar": ":any", "sha256": sha256(content)}
            listed.append(
                {
                    "name": one.name,
                    "versions": {"stable": one.version},
                    "revision": 0,
                    "dependencies": [*one.deps],
                    "bottle": {"stable": {"rebuild": 0, "files": {TAG: file}}},
                }
            )
            packages[one.name] = {"stable_version": one.version, "bottle": {"checksum": sha256(content)}}
        api = "/formulae.brew.sh/api"
        self.files[f"{api}/formula.jws.json"] = jws(listed)
        self.files[f"{api}/internal/packages.{TAG}.jws.json"] = jws({"formulae": packages, "casks": {}})
        ruby = b"a portable ruby"
        self.files[f"/ghcr.io/v2/homebrew/core/portable-ruby/blobs/sha256:{sha256(ruby)}"] = ruby
        vendor = "Library/Homebrew/vendor/portable-ruby-arm64-darwin"
        self.repository("Homebrew/brew", {vendor: f"ruby_TAG=arm64_big_sur\nruby_SHA={sha256(ruby)}\n"})
        self.tap("first")

    def tap(self, note: str) -> None:
        """The tap, in another commit each time `note` is another."""
        files = {"README.md": note + "\n"}
        for one in formulae.of_tap(TAP).values():
            content = bottle(one)
            release = f"https://github.com/libkrun/homebrew-krun/releases/download/{one.name}-{one.version}"
            self.files[f"/{release[8:]}/{one.name}-{one.version}.{TAG}.bottle.tar.gz"] = content
            files[f"Formula/{one.name}.rb"] = formula_text(one, release, sha256(content))
        self.repository("libkrun/homebrew-krun", files)

    def repository(self, name: str, files: dict[str, str]) -> None:
        """A repository on GitHub with one more commit."""
        folder = self.work / "git" / name
        if not folder.exists():
            folder.mkdir(parents=True)
            git(folder, "init", "-q", "-b", "main")
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", "more", "--allow-empty")
        git(folder, "gc", "-q")
        git(folder, "update-server-info")
        root = f"/github.com/{name}"
        self.files = {
            path: what for path, what in self.files.items() if not path.startswith((f"{root}/.", f"{root}/o"))
        }
        for file in (folder / ".git").rglob("*"):
            if file.is_file():
                self.files[f"{root}/{file.relative_to(folder / '.git')}"] = file.read_bytes()


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=somebody", "-c", "user.email=somebody@example.invalid")
    return subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True, text=True).stdout


def jws(payload: object) -> bytes:
    return json.dumps({"payload": json.dumps(payload), "signatures": [{"header": {"kid": "homebrew-1"}}]}).encode()


def bottle(one: Any) -> bytes:
    """A bottle as Homebrew packs it: NAME/VERSION with its receipt."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for path, text in (
            ("INSTALL_RECEIPT.json", json.dumps({"arch": "arm64", "changed_files": [f"lib/{one.name}"]})),
            (f"lib/{one.name}", f"{one.tap} {one.name} {one.version}\n"),
        ):
            info = tarfile.TarInfo(f"{one.name}/{one.version}/{path}")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    return gzip.compress(target.getvalue(), mtime=0)


def formula_text(one: Any, release: str, checksum: str) -> str:
    needs = "".join(f'  depends_on "{need}"\n' for need in one.deps)
    return (
        f'class {one.name.title().replace("-", "")} < Formula\n  desc "Modelled"\n'
        f'  url "https://example.invalid/{one.name}/archive/refs/tags/v{one.version}.tar.gz"\n'
        f'  version "{one.version}"\n  sha256 "{"e" * 64}"\n\n  bottle do\n    root_url "{release}"\n'
        f'    sha256 cellar: :any, {TAG}: "{checksum}"\n  end\n\n  depends_on "rust" => :build\n{needs}end\n'
    )


class Handler(BaseHTTPRequestHandler):
    made: Upstream

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        if path == "/auth":
            self._send(200, json.dumps({"token": self.made.token}).encode(), "application/json", body)
            return
        if "/v2/" in path and self.headers.get("Authorization") != f"Bearer {self.made.token}":
            self.send_response(401)
            challenge = f'Bearer realm="{self.made.url}/auth",service="x",scope="repository:y:pull"'
            self.send_header("WWW-Authenticate", challenge)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if body:
            self.made.asked[path] += 1
        content = self.made.files.get(path)
        if content is None:
            self._send(404, b"", "text/plain", body)
            return
        self._whole_or_part(path, content, body)

    def _whole_or_part(self, path: str, content: bytes, body: bool) -> None:
        wanted = self.headers.get("Range", "")
        begin = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0
        if wanted:
            self.made.ranges.append((path, wanted))
        kind = self.made.types.get(path, "application/octet-stream")
        self._send(206 if begin else 200, content[begin:], kind, body, sha256(content), self.made.cut.pop(path, None))

    def _send(self, status: int, content: bytes, kind: str, body: bool, mark: str = "", cut: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if mark:
            self.send_header("ETag", f'"{mark}"')
            self.send_header("Docker-Content-Digest", f"sha256:{mark}")
        self.end_headers()
        if body and (held := self.made.held.get(self.path)) is not None:
            half = len(content) // 2
            self.wfile.write(content[:half])
            self.wfile.flush()
            held.wait(60)
            content = content[half:]
        if body:
            self.wfile.write(content[:cut] if cut is not None else content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def upstream(work: Path) -> Iterator[Upstream]:
    """Serve all of it, made in `work`."""
    made = Upstream(work=work)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"made": made}))
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
