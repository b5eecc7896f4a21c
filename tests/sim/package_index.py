"""An index of packages on loopback (PEP 503), as a site's mirror is one: wheels made here, and NumPy's own.

NumPy's wheel is packed again from the one this project's environment was installed from, by its RECORD: its very files,
so that uv unpacks what is really there and a job really computes, and nothing is fetched from anywhere.
"""

import base64
import hashlib
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from io import BytesIO
from pathlib import Path


def wheel(name: str, version: str, tag: str = "py3-none-any", **modules: str) -> tuple[str, bytes]:
    """A wheel of one module of its own name, or of those said: its file name and its bytes."""
    folder = f"{name}-{version}.dist-info"
    files = {f"{module}.py": text for module, text in (modules or {name: f"VERSION = {version!r}\n"}).items()}
    files[f"{folder}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files[f"{folder}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"
    return f"{name}-{version}-{tag}.whl", _packed({path: text.encode() for path, text in files.items()}, folder)


@cache
def numpy_wheel() -> tuple[str, bytes]:
    """NumPy as it is installed here, without its tests and what is in no wheel."""
    found = distribution("numpy")
    folder = f"numpy-{found.version}.dist-info"
    left = (f"{folder}/RECORD", f"{folder}/INSTALLER", f"{folder}/REQUESTED", f"{folder}/direct_url.json")
    paths = [str(path) for path in found.files or ()]
    kept = [path for path in paths if not path.startswith("..") and path not in left and not _litter(path)]
    files = {path: Path(str(found.locate_file(path))).read_bytes() for path in kept}
    head, _, _ = files[f"{folder}/WHEEL"].decode().partition("\n\n")
    tag = next(line.split()[1] for line in head.splitlines() if line.startswith("Tag:"))
    return f"numpy-{found.version}-{tag}.whl", _packed(files, folder)


def _litter(path: str) -> bool:
    return "/tests/" in path or "__pycache__" in path or path.endswith((".pyi", ".h"))


def _packed(files: dict[str, bytes], folder: str) -> bytes:
    """Stored, with one time for all: the same files are the same bytes."""
    out, record = BytesIO(), ""
    with zipfile.ZipFile(out, "w") as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path), content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(content)}\n"
        archive.writestr(zipfile.ZipInfo(f"{folder}/RECORD"), f"{record}{folder}/RECORD,,\n")
    return out.getvalue()


@dataclass
class PackageIndex:
    """What it serves, by name of project; `login` is who has to log in (USER:PASSWORD), None: nobody."""

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    login: str | None = None
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def add(self, *wheels: tuple[str, bytes]) -> None:
        """Serve these."""
        for name, content in wheels:
            self.files.setdefault(name.partition("-")[0], {})[name] = content

    def lock(self, *wheels: tuple[str, bytes]) -> str:
        """The lock of these wheels, as `uv pip compile --generate-hashes` writes it."""
        lines = []
        for name, content in wheels:
            project, version = name.split("-")[:2]
            lines += [f"{project}=={version} \\", f"    --hash=sha256:{hashlib.sha256(content).hexdigest()}"]
        return "\n".join(["# made by a test", *lines, ""])

    def answer(self, path: str) -> bytes | None:
        """What lies at a path; None: nothing."""
        words = path.strip("/").split("/")
        if words[0] == "simple" and len(words) == 2 and words[1] in self.files:
            links = "".join(f'<a href="/files/{words[1]}/{name}">{name}</a>\n' for name in self.files[words[1]])
            return f"<!DOCTYPE html><html><body>\n{links}</body></html>\n".encode()
        if words[0] == "files" and len(words) == 3:
            return self.files.get(words[1], {}).get(words[2])
        return None


@contextmanager
def serving(index: PackageIndex) -> Iterator[PackageIndex]:
    """Serve it, at an address of its own, for a while."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            said = self.headers.get("Authorization", "")
            if index.login and said != f"Basic {base64.b64encode(index.login.encode()).decode()}":
                self._send(401, b"", ("WWW-Authenticate", 'Basic realm="index"'))
            elif (found := index.answer(self.path)) is None:
                self._send(404, b"")
            else:
                self._send(
                    200, found, ("Content-Type", "text/html" if "/simple/" in self.path else "binary/octet-stream")
                )

        def do_HEAD(self) -> None:
            self.do_GET()

        def _send(self, status: int, content: bytes, *headers: tuple[str, str]) -> None:
            self.send_response(status)
            for name, value in (*headers, ("Content-Length", str(len(content)))):
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    index.url = f"http://127.0.0.1:{server.server_port}/simple"
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
