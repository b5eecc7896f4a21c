"""An https server on loopback with a certificate of a CA of its own, as a lab has one."""

import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

_CA = "-subj /CN=lab-ca -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign"
_NAMES = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def certificates(folder: Path) -> Path:
    """Make a CA and, signed by it, the server's certificate and key; the CA's certificate."""
    folder.mkdir(parents=True, exist_ok=True)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    (folder / "names").write_text(_NAMES)
    _openssl(folder, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", *_CA.split(" "))
    _openssl(folder, "req", *key, "-keyout", "key.pem", "-out", "request", "-subj", "/CN=127.0.0.1")
    by = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
    _openssl(folder, "x509", "-req", "-in", "request", *by, "-days", "2", "-extfile", "names", "-out", "cert.pem")
    return folder / "ca.pem"


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


@contextmanager
def serving(folder: Path, keys: Path) -> Iterator[str]:
    """Hand out the files of `folder`; the address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "cert.pem", keys / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
