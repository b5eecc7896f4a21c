"""Which model is measured: a GGUF file by its sha256, from a URL, or from this machine."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

_SHA256 = re.compile("[0-9a-f]{64}")
_URL = re.compile(r"https?://[!-~]+")


class BadModel(ValueError):
    """The model cannot be taken as it was named; the message says why and what to write."""


@dataclass(frozen=True)
class Model:
    """A GGUF file. Exactly one of `url` and `path` is set; `bytes` is 0 where nobody knows before fetching it."""

    sha256: str
    url: str = ""
    path: Path | None = None
    bytes: int = 0

    @property
    def source(self) -> str:
        """Where it comes from, for people."""
        return self.url or str(self.path)


DEFAULT = Model(
    sha256="da3087fb14aede55fde6eb81a0e55e886810e43509ec82ecdc7aa5d62a03b556",
    url="https://huggingface.co/TheBloke/TinyLlama-1.1B-Chat-v1.0-GGUF/resolve/"
    "52e7645ba7c309695bec7ac98f4f005b139cf465/tinyllama-1.1b-chat-v1.0.Q4_0.gguf",
    bytes=637_699_456,
)
"""TinyLlama 1.1B Chat, Q4_0, Apache-2.0, at a fixed revision; sha256 and size as published by several of its users."""


def wanted(model: str | None, sha256: str | None) -> Model:
    """The model of `--model` and `--sha256`; raises `BadModel`."""
    if model is None and sha256 is None:
        return DEFAULT
    if model is None or sha256 is None:
        raise BadModel("--model and --sha256 belong together: a model is known by its sha256, wherever it comes from")
    digest = sha256.strip().lower()
    if not _SHA256.fullmatch(digest):
        raise BadModel(f"--sha256 {sha256}: a sha256 is 64 hexadecimal digits; `shasum -a 256 FILE` prints it")
    if _URL.fullmatch(model):
        return Model(digest, url=model)
    if "://" in model:
        raise BadModel(f"--model {model}: write an http(s) URL or the path of a file on this machine")
    return _local(Path(model).expanduser(), digest)


def _local(path: Path, digest: str) -> Model:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        size = path.stat().st_size
    except OSError as error:
        raise BadModel(f"--model {path}: cannot be read: {error.strerror}") from error
    if found != digest:
        raise BadModel(f"--model {path}: its sha256 is {found}, not {digest}; this is another file")
    return Model(digest, path=path, bytes=size)
