"""The controller's cache for real: a server on loopback, one that dies on the way, one that has another file."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from carbon_fleet.connectors.ran import Ran
from carbon_fleet.plan import Command, Delivery
from carbon_fleet.store.carry import PIECE, Undelivered, send
from carbon_fleet.store.site import Site, models_directory
from tests.sim.bench_server import Served, serve

MODEL = os.urandom(5 << 20)
SHA256 = hashlib.sha256(MODEL).hexdigest()


def delivery(source: str) -> Delivery:
    return Delivery("tiny", SHA256, source, len(MODEL))


def quiet(text: str) -> None:
    """Say nothing."""


def test_a_server_that_dies_on_the_way_is_asked_again_from_there(tmp_path: Path) -> None:
    with serve(Served(MODEL, cut=2 << 20)) as served:
        path = Site(tmp_path).have(delivery(served.url), quiet)
        assert path.read_bytes() == MODEL
        assert served.asked[1].startswith("bytes=")
        assert int(served.asked[1].removeprefix("bytes=").rstrip("-")) > 0
        asked = len(served.asked)
        assert Site(tmp_path).have(delivery(served.url), quiet) == path
        assert len(served.asked) == asked, "what is there is not fetched again"


def test_many_macs_cost_one_download(tmp_path: Path) -> None:
    site, found = Site(tmp_path), []
    with serve(Served(MODEL)) as served:
        threads = [
            threading.Thread(target=lambda: found.append(site.have(delivery(served.url), quiet))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert found == [tmp_path / SHA256] * 8
    assert len(served.asked) == 1


def test_another_file_is_refused_to_all_who_ask_and_not_kept(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with serve(Served(b"<html>not found</html>")) as served:
        for _ in range(2):
            with pytest.raises(Undelivered, match="is another file: its sha256 is") as caught:
                site.have(delivery(served.url), quiet)
            assert caught.value.code == "MODEL_NOT_FETCHED"
        assert len(served.asked) == 1
    assert [path.name for path in tmp_path.iterdir()] == [f"{SHA256}.lock"]


def test_a_path_is_checked_where_it_is_and_not_copied(tmp_path: Path) -> None:
    here = tmp_path / "m"
    here.write_bytes(MODEL)
    assert Site(tmp_path / "cache").have(delivery(str(here)), quiet) == here
    here.write_bytes(MODEL[::-1])
    with pytest.raises(Undelivered, match="is another file"):
        Site(tmp_path / "cache").have(delivery(str(here)), quiet)
    with pytest.raises(Undelivered, match="not a file that can be read here"):
        Site(tmp_path / "cache").have(delivery("/nowhere/m"), quiet)


def test_room_is_looked_for_here_too(tmp_path: Path) -> None:
    with pytest.raises(Undelivered, match="MiB are free at"):
        Site(tmp_path).have(Delivery("huge", SHA256, "http://127.0.0.1:9/", 1 << 60), quiet)


KILLED = """
import sys
from pathlib import Path
from carbon_fleet.plan import Delivery
from carbon_fleet.store.site import Site
Site(Path(sys.argv[1])).have(Delivery("tiny", sys.argv[2], sys.argv[3]), print)
"""


def test_a_run_that_is_killed_takes_its_download_along_and_the_next_goes_on(tmp_path: Path) -> None:
    with serve(Served(MODEL, pause=1 << 20)) as served:
        run = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path), SHA256, served.url])
        part = tmp_path / f"{SHA256}.part"
        _until(lambda: part.exists() and part.stat().st_size > 0)
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        _until(lambda: not _fetching(served.url))
        served.pause = None
        served.go.set()
        assert Site(tmp_path).have(delivery(served.url), quiet).read_bytes() == MODEL
        assert served.asked[-1] not in ("", "bytes=0-")


def _until(there: object) -> None:
    end = time.monotonic() + 60
    while not there():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)


def _fetching(url: str) -> bool:
    ran = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    return any(url in line and "python" not in line for line in ran.stdout.splitlines())


def test_a_mac_gets_only_what_it_lacks(tmp_path: Path) -> None:
    here, there = tmp_path / "m", tmp_path / "home"
    here.write_bytes(MODEL * 4)
    digest = hashlib.sha256(MODEL * 4).hexdigest()
    there.mkdir()
    sent: list[str] = []

    def ask(command: Command) -> Ran:
        env = {**os.environ, "HOME": str(there)}
        sent.append(command.argv[4])
        ran = subprocess.run(
            command.argv, input=command.stdin or "", capture_output=True, text=True, env=env, check=False
        )
        return Ran(ran.returncode, tuple(ran.stdout.splitlines()), tuple(ran.stderr.splitlines()))

    path = Path(send(digest, here, ask, quiet))
    assert sent == ["look", *["add"] * -(-len(MODEL) * 4 // PIECE), "end"]
    sent.clear()
    send(digest, here, ask, quiet)
    assert sent == ["look"]
    sent.clear()
    path.rename(path.with_name(f"{digest}.part"))
    os.truncate(path.with_name(f"{digest}.part"), len(MODEL) * 4 - 10)
    send(digest, here, ask, quiet)
    assert sent == ["look", "add", "end"]
    assert path.read_bytes() == MODEL * 4


def test_the_cache_is_where_the_platform_keeps_such(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CARBON_CACHE", str(tmp_path))
    assert models_directory() == tmp_path / "models"
    monkeypatch.delenv("CARBON_CACHE")
    assert models_directory().parts[-2:] == ("carbon-fleet", "models")


TWO = """
import sys
from pathlib import Path
from carbon_fleet.store.site import Site
from gevent import Timeout, joinall, monkey, sleep, spawn
monkey.patch_all()
from carbon_fleet.plan import Delivery
site, want = Site(Path(sys.argv[1])), Delivery("m", sys.argv[2], sys.argv[3])
with Timeout(60):
    both = [spawn(site.have, want, lambda words: sleep(0.1)) for _ in range(2)]
    joinall(both, raise_error=True)
print(*(one.value for one in both))
"""


def test_two_of_a_runs_threads_wait_for_one_another_whatever_was_imported_first(tmp_path: Path) -> None:
    """A lock of the kind before gevent's would stop the whole run at the second Mac that wants the model."""
    model = tmp_path / "m"
    model.write_bytes(b"weights")
    words = [str(tmp_path / "cache"), hashlib.sha256(b"weights").hexdigest(), str(model)]
    ran = subprocess.run([sys.executable, "-c", TWO, *words], capture_output=True, text=True, timeout=120)
    assert ran.stdout.split() == [str(model), str(model)], ran.stderr
