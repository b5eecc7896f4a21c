"""`carbon-fleet mirror` as it is typed: its words, its exit codes, and what it prints for programs."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from carbon_fleet.cli import app
from carbon_fleet.verbs.ending import exit_code_of
from tests.mirror_upstream import MODEL, MODEL_SHA256, MODEL_URL, Upstream, upstream

LAB = f"""lab: small
defaults:
  user: lab
  homebrew: {{taps: [], formulae: {{podman: null, libkrun/krun/krunkit: null}}, casks: [rectangle]}}
  machine: {{image: /Users/lab/disk.raw.zst}}
  models: {{tiny: {{url: "{MODEL_URL}", sha256: {MODEL_SHA256}, size: 1MiB}}}}
  stacks: [{{name: web, containers: {{web: {{image: "docker.io/library/nginx:1", models: [tiny]}}}}}}]
macs: {{mac-01: {{host: 10.0.0.1}}}}
"""


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    with upstream(tmp_path_factory.mktemp("internet")) as made:
        made.image("docker.io", "library/nginx", "1", {})
        made.files["/models.example/tiny.gguf"] = MODEL
        yield made


class Ran(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


class Typed:
    """Runs `carbon-fleet mirror …` in this process, in a folder with the lab file."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._patch, self._capsys = folder, patch, capsys
        (folder / "lab.yml").write_text(LAB)
        patch.chdir(folder)

    def __call__(self, *words: str) -> Ran:
        self._patch.setattr(sys, "argv", ["carbon-fleet", "mirror", *words])
        code = exit_code_of(app)
        return Ran(code, *self._capsys.readouterr())


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(tmp_path, monkeypatch, capsys)


def test_build_check_and_what_programs_read(internet: Upstream, mirror: Typed) -> None:
    built = mirror("build", "lab.yml", "site", "--json", *internet.at)
    assert built.returncode == 0, built.stderr
    said = json.loads(built.stdout)
    assert (said["format_version"], said["whole"], said["failures"]) == (1, True, [])
    assert said["paths"] == {"image": 5, "model": 1}
    assert [each["name"] for each in said["left_out"]] == ["/Users/lab/disk.raw.zst", "cask rectangle"]
    assert "fetch https://models.example/tiny.gguf" in built.stderr
    assert "all as the manifest says" in mirror("check", "site").stdout
    blob = mirror.folder / "site/blobs/sha256" / MODEL_SHA256[:2] / MODEL_SHA256
    blob.chmod(0o644)
    blob.write_bytes(b"x")
    wrong = mirror("check", "site", "--json", "--remove")
    assert wrong.returncode == 2
    assert [each["path"] for each in json.loads(wrong.stdout)["wrong"]] == [f"/models/{MODEL_SHA256}"]
    assert mirror("build", "lab.yml", "site", "--quiet", *internet.at).stderr == ""
    assert mirror("check", "site").returncode == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("build", "lab.yml", "site", "--at", "docker.io"), 64, "write HOST=URL"),
        (("build", "lab.yml", "site", "--bottle-tag", "tahoe"), 64, "such as arm64_tahoe"),
        (("build", "none.yml", "site"), 78, "none.yml"),
        (("build", "lab.yml", "."), 3, "holds other things than a mirror"),
        (("check", "site"), 3, "`carbon-fleet mirror build LAB"),
        (("serve", "site"), 3, "`carbon-fleet mirror build LAB"),
        (("serve", "site", "--listen", "8480"), 64, "write ADDRESS:PORT"),
    ],
)
def test_what_cannot_be_is_said_in_words(mirror: Typed, words: tuple[str, ...], code: int, said: str) -> None:
    ran = mirror(*words)
    assert (ran.returncode, ran.stdout) == (code, "")
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_serve_says_where_and_ends_by_ctrl_c(internet: Upstream, mirror: Typed) -> None:
    assert mirror("build", "lab.yml", "site", *internet.at).returncode == 0
    line = [sys.executable, "-m", "carbon_fleet", "mirror", "serve", "site", "--listen", "127.0.0.1:0"]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    served = subprocess.Popen(
        line,
        cwd=mirror.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        start_new_session=True,
    )
    assert served.stdout is not None
    url = served.stdout.readline().strip()
    with urllib.request.urlopen(f"{url}/models/{MODEL_SHA256}") as answer:
        assert answer.read() == MODEL
    served.send_signal(signal.SIGINT)
    _, said = served.communicate(timeout=20)
    assert served.returncode == 0
    assert f'"GET /models/{MODEL_SHA256} HTTP/1.1" 200' in said


def test_killed_in_the_middle_nothing_half_is_seen_and_the_next_goes_on(internet: Upstream, mirror: Typed) -> None:
    path, place = "/models.example/tiny.gguf", mirror.folder / "site"
    internet.held[path] = threading.Event()
    line = [sys.executable, "-m", "carbon_fleet", "mirror", "build", "lab.yml", "site", "-q", *internet.at]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    building = subprocess.Popen(line, cwd=mirror.folder, env=env)
    part, deadline = place / "partial" / MODEL_SHA256, time.monotonic() + 60
    while not (part.exists() and part.stat().st_size == len(MODEL) // 2):
        assert time.monotonic() < deadline, "the download did not begin"
        time.sleep(0.02)
    building.kill()
    building.wait(10)
    internet.held.pop(path).set()
    assert not (place / "mirror.json").exists()
    assert mirror("check", "site").returncode == 3
    internet.ranges.clear()
    assert mirror("build", "lab.yml", "site", *internet.at).returncode == 0
    assert internet.ranges == [(path, f"bytes={len(MODEL) // 2}-")]
    assert mirror("check", "site").returncode == 0
    assert list((place / "partial").iterdir()) == []
