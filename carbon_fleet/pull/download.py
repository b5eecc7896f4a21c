"""Brings one file over https by macOS's own curl, whose proxies and roots are the Mac's, or from a folder of it."""

import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote

SECONDS, CONNECT_SECONDS, REDIRECTS = 300, 20, 5


class DownloadFailed(Exception):
    """It did not come, or there is too much of it; the message is why."""


def download(url: str, most: int, ca: Path | None = None) -> bytes:
    """What lies at `url`, at most so many bytes; `ca` has the roots that count instead. Raises `DownloadFailed`."""
    return _from_server(url, most, ca) if url.startswith("https://") else _from_folder(url, most)


def _from_folder(url: str, most: int) -> bytes:
    path = Path(unquote(url.removeprefix("file://"))) if url.startswith("file://") else Path(url)
    try:
        with path.open("rb") as file:
            return _whole(file.read(most + 1), most)
    except OSError as error:
        raise DownloadFailed(error.strerror or str(error)) from None


def _from_server(url: str, most: int, ca: Path | None) -> bytes:
    # To https only, wherever a redirection leads; what ~/.curlrc says of proxies counts.
    words = ["--proto", "=https", "--proto-redir", "=https", "--tlsv1.2", "--fail", "--silent", "--show-error"]
    words += ["--location", "--max-redirs", str(REDIRECTS)]
    words += ["--connect-timeout", str(CONNECT_SECONDS), "--max-time", str(SECONDS)]
    words += ["--cacert", str(ca)] if ca else []
    with tempfile.TemporaryFile() as errors:
        try:
            curl = subprocess.Popen(
                ["curl", *words, "--url", url], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
            )
        except FileNotFoundError:
            raise DownloadFailed("there is no curl on PATH") from None
        found = _read(curl, most)
        if curl.returncode != 0 and len(found) <= most:
            errors.seek(0)
            raise DownloadFailed(_said(errors.read(4096)) or f"curl ended with {curl.returncode}")
    return _whole(found, most)


def _read(curl: "subprocess.Popen[bytes]", most: int) -> bytes:
    """What it writes, and no more than one byte too much of it: an endless answer fills no disk."""
    with curl:
        found = curl.stdout.read(most + 1) if curl.stdout else b""
        if len(found) > most:
            curl.kill()
    return found


def _said(text: bytes) -> str:
    return next((line for line in text.decode(errors="replace").splitlines() if line.strip()), "")


def _whole(found: bytes, most: int) -> bytes:
    if len(found) > most:
        raise DownloadFailed(f"it is larger than {most} bytes")
    return found
