import hashlib
from pathlib import Path

import pytest

from carbon_fleet.bench.model import DEFAULT, BadModel, Model, wanted

SHA256 = hashlib.sha256(b"model").hexdigest()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"model")
    return path


def test_default_is_pinned() -> None:
    assert wanted(None, None) is DEFAULT
    assert len(DEFAULT.sha256) == 64
    assert "/resolve/main/" not in DEFAULT.url


def test_a_url_and_a_file_are_known_by_their_sha256(file: Path) -> None:
    assert wanted("https://example.org/m.gguf", SHA256.upper()) == Model(SHA256, url="https://example.org/m.gguf")
    assert wanted(str(file), SHA256) == Model(SHA256, path=file, bytes=5)


@pytest.mark.parametrize(
    ("model", "sha256", "why"),
    [
        ("https://example.org/m.gguf", None, "belong together"),
        (None, SHA256, "belong together"),
        ("https://example.org/m.gguf", "abc", "64 hexadecimal digits"),
        ("ftp://example.org/m.gguf", SHA256, "http"),
        ("https://example.org/a b", SHA256, "http"),
        ("/nowhere/m.gguf", SHA256, "cannot be read"),
    ],
)
def test_a_bad_model_says_what_to_write(model: str | None, sha256: str | None, why: str) -> None:
    with pytest.raises(BadModel, match=why):
        wanted(model, sha256)


def test_a_file_of_another_sha256_is_refused(file: Path) -> None:
    with pytest.raises(BadModel, match=SHA256):
        wanted(str(file), "0" * 64)
