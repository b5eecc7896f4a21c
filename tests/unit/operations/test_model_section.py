"""The section and the scripts of models for real: a Mac's home and a machine's folder are folders here."""

import hashlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from carbon_fleet import assets
from carbon_fleet.plan import shell
from operations.model.commands import CACHE
from operations.model.seen import ModelsSeen, read
from tests.unit.operations.run_section import SHELLS, run_section

MODEL = os.urandom(3 << 20)
SHA256 = hashlib.sha256(MODEL).hexdigest()
Done = subprocess.CompletedProcess[bytes]


def seen(sh: tuple[str, ...], store: Path, *units: Path) -> ModelsSeen:
    variables = {"CF_MODEL_FOLDER": str(store), "CF_MODEL_UNITS": " ".join(map(str, units))}
    return read(run_section(sh, "model", variables, home=store.parent))


def script(name: str, *words: str, stdin: bytes = b"", home: Path | None = None) -> Done:
    argv = shell(assets.text(f"model/{name}.sh"), *words)
    env = {**os.environ, **({"HOME": str(home)} if home else {})}
    return subprocess.run(argv, input=stdin, capture_output=True, env=env, timeout=60, check=False)


def put(store: Path, content: bytes, *, size: int | None = None, keeper: str = "lab") -> Done:
    said = str(len(content) if size is None else size).encode()
    return script("keep", str(store), "put", SHA256, keeper, stdin=said + b"\n" + content)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "machine" / "models"


@pytest.mark.parametrize("sh", SHELLS, ids=lambda sh: str(sh[0]))
def test_the_section_says_what_is_there(sh: tuple[str, ...], store: Path, tmp_path: Path) -> None:
    units = tmp_path / "units"
    store.parent.mkdir()
    assert seen(sh, store, units) == ModelsSeen()
    assert put(store, MODEL).returncode == 0
    units.mkdir()
    assert seen(sh, store, units).named == frozenset()
    (units / "a.container").write_text(f"Volume={store}/{SHA256}:/models/tiny:ro,z\n")
    (store / "note").write_text("not ours")
    found = seen(sh, store, units, tmp_path / "missing")
    assert found.named == {SHA256}
    assert list(found.files) == [SHA256]
    assert (found.files[SHA256].right, found.files[SHA256].mode, found.files[SHA256].keeper) == (True, "0444", "lab")
    os.utime(store / SHA256, (1, 1))
    assert not seen(sh, store).files[SHA256].right


def test_a_model_is_kept_whole_or_not_at_all(store: Path) -> None:
    cut = put(store, MODEL[:1000], size=len(MODEL))
    assert (cut.returncode, b"only a part" in cut.stderr) == (1, True)
    other = put(store, MODEL[::-1])
    assert (other.returncode, b"run again" in other.stderr) == (1, True)
    assert list(store.iterdir()) == []
    assert put(store, MODEL).returncode == 0
    before = (store / SHA256).stat()
    assert put(store, MODEL[::-1]).returncode == 0, "the right one is there: nothing is taken"
    assert (store / SHA256).stat().st_ino == before.st_ino


def test_an_interrupted_copy_leaves_nothing_that_counts(store: Path) -> None:
    argv = shell(assets.text("model/keep.sh"), str(store), "put", SHA256, "lab")
    run = subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True)
    assert run.stdin is not None
    run.stdin.write(f"{len(MODEL)}\n".encode() + MODEL[: 1 << 20])
    run.stdin.flush()
    end = time.monotonic() + 30
    while not any(path.stat().st_size for path in store.glob("*.part.*")):
        assert time.monotonic() < end
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    run.stdin.close()
    (left,) = store.iterdir()
    assert not (store / SHA256).exists()
    assert put(store, MODEL).returncode == 0
    assert left.exists(), "another run may still write it"
    os.utime(left, (1, 1))
    (store / SHA256).unlink()
    assert put(store, MODEL).returncode == 0
    assert not left.exists()


def test_what_was_tampered_with_is_read_again(store: Path) -> None:
    put(store, MODEL)
    os.utime(store / SHA256, (1, 1))
    assert script("keep", str(store), "check", SHA256, "lab").stdout == b"ready\n"
    assert seen(SHELLS[0], store).files[SHA256].right
    (store / SHA256).write_bytes(MODEL[::-1])
    assert script("keep", str(store), "check", SHA256, "lab").stdout == b"absent\n"
    assert list(store.iterdir()) == []


def test_who_brought_a_model_is_not_forgotten(store: Path) -> None:
    put(store, MODEL, keeper="bench")
    assert seen(SHELLS[0], store).files[SHA256].keeper == "bench"
    put(store, MODEL)
    assert seen(SHELLS[0], store).files[SHA256].keeper == "lab"
    script("keep", str(store), "check", SHA256, "bench")
    assert seen(SHELLS[0], store).files[SHA256].keeper == "lab"
    assert script("remove", str(store), SHA256).returncode == 0
    assert list(store.iterdir()) == []


def test_a_macs_cache_is_handed_on_with_its_size(tmp_path: Path) -> None:
    gone = script("give", SHA256, home=tmp_path)
    assert (gone.returncode, b"run again" in gone.stderr) == (66, True)
    (tmp_path / CACHE).mkdir(parents=True)
    (tmp_path / CACHE / SHA256).write_bytes(MODEL)
    assert script("give", SHA256, home=tmp_path).stdout == f"{len(MODEL)}\n".encode() + MODEL


@pytest.mark.parametrize(("name", "words"), [("keep", ("put", SHA256, "lab")), ("take", ())])
def test_room_is_looked_for_before_anything_comes(tmp_path: Path, name: str, words: tuple[str, ...]) -> None:
    huge = str(1 << 60)
    if name == "keep":
        ran = script("keep", str(tmp_path / "store"), *words, stdin=f"{huge}\n".encode())
    else:
        ran = script("take", "look", SHA256, huge, home=tmp_path)
    assert ran.returncode == 1
    assert b"MiB are free" in ran.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
