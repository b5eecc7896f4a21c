"""The section and the scripts of models for real: a Mac's home and a machine's folder are folders here."""

import hashlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from threading import Thread

import pytest

from carbon_fleet import assets
from carbon_fleet.plan import shell
from operations.model.commands import CACHE, LINUX_CACHE, of_cache
from operations.model.commands import put as command
from operations.model.seen import ModelsSeen, read
from tests.unit.operations.run_section import SHELLS, program, run_section

MODEL = os.urandom(3 << 20)
SHA256 = hashlib.sha256(MODEL).hexdigest()
Done = subprocess.CompletedProcess[bytes]


def seen(sh: tuple[str, ...], store: Path, *units: Path) -> ModelsSeen:
    variables = {"CF_MODEL_FOLDER": str(store), "CF_MODEL_UNITS": " ".join(map(str, units))}
    return read(run_section(sh, "model", variables, home=store.parent))


def script(name: str, *words: str, stdin: bytes = b"", home: Path | None = None) -> Done:
    argv = of_cache(name, *words)
    env = {**os.environ, **({"HOME": str(home), "PATH": f"{home}/bin:{os.environ['PATH']}"} if home else {})}
    return subprocess.run(argv, input=stdin, capture_output=True, env=env, timeout=60, check=False)


def put(store: Path, content: bytes, *, size: int | None = None, at: int = 0, keeper: str = "lab") -> Done:
    said = f"{len(content) if size is None else size} {at}\n".encode()
    return script("keep", str(store), "put", SHA256, keeper, stdin=said + content)


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
    assert (cut.returncode, b"it goes on from there" in cut.stderr) == (1, True)
    assert [path.name for path in store.iterdir()] == [f"{SHA256}.part"]
    other = put(store, MODEL[::-1])
    assert (other.returncode, b"it comes anew" in other.stderr) == (1, True)
    assert list(store.iterdir()) == []
    assert put(store, MODEL).returncode == 0
    before = (store / SHA256).stat()
    assert put(store, MODEL[::-1]).returncode == 0, "the right one is there: nothing is taken"
    assert (store / SHA256).stat().st_ino == before.st_ino


def killed_at_half(store: Path) -> Path:
    """What a copy leaves whose processes were all killed when half of the model and something was there."""
    argv = shell(assets.text("model/keep.sh"), str(store), "put", SHA256, "lab")
    run = subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True)
    part, half = store / f"{SHA256}.part", len(MODEL) // 2 + 1000
    assert run.stdin is not None
    run.stdin.write(f"{len(MODEL)} 0\n".encode() + MODEL[:half])
    run.stdin.flush()
    end = time.monotonic() + 60
    while not part.exists() or part.stat().st_size < half:
        assert time.monotonic() < end
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    run.stdin.close()
    assert not (store / SHA256).exists()
    return part


def test_a_copy_killed_at_half_goes_on_there(store: Path, tmp_path: Path) -> None:
    part = killed_at_half(store)
    size = part.stat().st_size
    assert seen(SHELLS[0], store).parts == {SHA256: size}
    assert script("keep", str(store), "check", SHA256, "lab").stdout == f"absent {size}\n".encode()
    cache = tmp_path / LINUX_CACHE / "models"
    cache.mkdir(parents=True)
    (cache / SHA256).write_bytes(MODEL)
    fed = command(SHA256, "lab", size).fed
    given = subprocess.run(fed, capture_output=True, env={**os.environ, "HOME": str(tmp_path)}, timeout=60, check=True)
    assert given.stdout == f"{len(MODEL)} {1 << 20}\n".encode() + MODEL[1 << 20 :]
    before = part.stat().st_ino
    assert script("keep", str(store), "put", SHA256, "lab", stdin=given.stdout).returncode == 0
    assert ((store / SHA256).read_bytes(), (store / SHA256).stat().st_ino) == (MODEL, before)
    assert seen(SHELLS[0], store).parts == {}


def test_a_part_that_is_not_the_models_is_thrown_away(store: Path) -> None:
    part = killed_at_half(store)
    part.write_bytes(bytes(2 << 20))
    wrong = put(store, MODEL[1 << 20 :], size=len(MODEL), at=1 << 20)
    assert (wrong.returncode, b"was not kept" in wrong.stderr) == (1, True)
    assert list(store.iterdir()) == []
    less = put(store, MODEL[1 << 20 :], size=len(MODEL), at=1 << 20)
    assert (less.returncode, b"run again" in less.stderr) == (1, True)
    assert put(store, MODEL).returncode == 0


def test_a_mac_that_gives_nothing_costs_nothing_that_is_there(store: Path) -> None:
    part = killed_at_half(store)
    size = part.stat().st_size
    nothing = script("keep", str(store), "put", SHA256, "lab")
    assert (nothing.returncode, b"gave nothing" in nothing.stderr) == (1, True)
    assert part.stat().st_size == size


def test_two_copies_at_once_are_one_after_the_other(store: Path) -> None:
    """The second waits, finds the model there, and takes nothing."""
    argv = shell(assets.text("model/keep.sh"), str(store), "put", SHA256, "lab")
    first, second = (subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2))
    for run in (first, second):
        assert run.stdin is not None
    threads = [Thread(target=run.communicate, args=(f"{len(MODEL)} 0\n".encode() + MODEL,)) for run in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (first.returncode, second.returncode) == (0, 0)
    assert (store / SHA256).read_bytes() == MODEL


def test_what_nobody_went_on_with_goes_after_a_week(store: Path) -> None:
    store.mkdir(parents=True)
    old, young = store / f"{'b' * 64}.part", store / f"{'c' * 64}.part"
    for path in (old, young):
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    assert put(store, MODEL).returncode == 0
    assert (old.exists(), young.exists()) == (False, True)


def test_what_was_tampered_with_is_read_again(store: Path) -> None:
    put(store, MODEL)
    os.utime(store / SHA256, (1, 1))
    assert script("keep", str(store), "check", SHA256, "lab").stdout == b"ready\n"
    assert seen(SHELLS[0], store).files[SHA256].right
    (store / SHA256).write_bytes(MODEL[::-1])
    assert script("keep", str(store), "check", SHA256, "lab").stdout == b"absent 0\n"
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


@pytest.mark.parametrize(("system", "place"), [("Darwin", CACHE), ("Linux", LINUX_CACHE)])
def test_a_hosts_cache_is_handed_on_with_its_size(tmp_path: Path, system: str, place: str) -> None:
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "uname", f"echo {system}")
    gone = script("give", SHA256, "0", home=tmp_path)
    assert (gone.returncode, b"run again" in gone.stderr) == (66, True)
    (tmp_path / place / "models").mkdir(parents=True)
    (tmp_path / place / "models" / SHA256).write_bytes(MODEL)
    assert script("give", SHA256, "0", home=tmp_path).stdout == f"{len(MODEL)} 0\n".encode() + MODEL
    # What is there is longer than the model: it cannot be a part of it.
    assert script("give", SHA256, str(9 << 20), home=tmp_path).stdout == f"{len(MODEL)} 0\n".encode() + MODEL


@pytest.mark.parametrize("sh", SHELLS, ids=lambda sh: str(sh[0]))
def test_a_linux_host_takes_over_what_lies_in_a_macs_place(tmp_path: Path, sh: tuple[str, ...]) -> None:
    before, now = tmp_path / CACHE / "models", tmp_path / LINUX_CACHE / "models"
    for folder in (before, now):
        folder.mkdir(parents=True)
    (before / SHA256).write_bytes(MODEL)
    (before / "other.part").write_bytes(b"begun")
    (now / "other.part").write_bytes(b"gone on with")
    env = {**os.environ, "HOME": str(tmp_path)}
    text = of_cache("take")[2]
    for _ in range(2):
        argv = [*sh, "-c", text, "sh", "look", SHA256, str(len(MODEL))]
        ran = subprocess.run(argv, capture_output=True, text=True, env=env, timeout=60)
        assert ran.stdout == f"ready {now / SHA256}\n", ran.stderr
    assert sorted(path.name for path in now.iterdir()) == sorted([SHA256, "other.part"])
    assert (now / "other.part").read_bytes() == b"gone on with"
    assert not before.parent.exists()


def test_a_host_without_shasum_takes_a_model_all_the_same(tmp_path: Path) -> None:
    """As Linux without perl's Digest::SHA has it."""
    (tmp_path / "bin").mkdir()
    for name in ("sh", "uname", "mkdir", "sha256sum", "cut", "rm", "df", "awk", "wc", "mv", "base64"):
        (tmp_path / "bin" / name).symlink_to(shutil.which(name) or "")
    model = tmp_path / LINUX_CACHE / "models" / SHA256
    model.parent.mkdir(parents=True)
    model.write_bytes(MODEL)
    argv, env = of_cache("take", "look", SHA256, str(len(MODEL))), {"HOME": str(tmp_path), "PATH": f"{tmp_path}/bin"}
    ran = subprocess.run(argv, capture_output=True, text=True, env=env, timeout=60, check=False)
    assert (ran.stdout, model.exists()) == (f"ready {model}\n", True), ran.stderr


def test_people_see_what_a_script_does() -> None:
    for name in ("give", "take", "fetch"):
        assert of_cache(name)[2].splitlines()[0] == assets.text(f"model/{name}.sh").splitlines()[0]


@pytest.mark.parametrize(("name", "words"), [("keep", ("put", SHA256, "lab")), ("take", ())])
def test_room_is_looked_for_before_anything_comes(tmp_path: Path, name: str, words: tuple[str, ...]) -> None:
    huge = str(1 << 60)
    if name == "keep":
        ran = script("keep", str(tmp_path / "store"), *words, stdin=f"{huge} 0\n".encode())
    else:
        ran = script("take", "look", SHA256, huge, home=tmp_path)
    assert ran.returncode == 1
    assert b"MiB are free" in ran.stderr
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
